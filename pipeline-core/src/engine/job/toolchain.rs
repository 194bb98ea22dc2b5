//! The compiler and settings that the program was built with.

use serde::{Deserialize, Serialize};

/// The compiler, target and profile that a program was built with. They are recorded with every result, and are part of
/// its key in strict submissions: floating-point results of different builds may differ in their last digits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Toolchain {
    /// The version of rustc.
    pub rustc: String,
    /// The target triple.
    pub target: String,
    /// Debug or release, the optimization level, and `RUSTFLAGS`.
    pub profile: String,
}

impl Toolchain {
    /// The toolchain of this program, taken from the build of the `skipstone` crate in it.
    pub fn current() -> Toolchain {
        Toolchain {
            rustc: env!("BUILT_WITH_RUSTC").into(),
            target: env!("BUILT_FOR_TARGET").into(),
            profile: env!("BUILT_IN_PROFILE").into(),
        }
    }
}
