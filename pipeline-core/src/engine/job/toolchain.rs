//! What the program was built with.

use serde::{Deserialize, Serialize};

/// The compiler, target and profile that a program was built with. They are recorded with every
/// result, and are part of its key where a submission is strict: floating-point results may differ in
/// their last digits from one to the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Toolchain {
    /// The version of rustc.
    pub rustc: String,
    /// The target triple.
    pub target: String,
    /// Whether it was built for debugging or release, how far it was optimised, and RUSTFLAGS.
    pub profile: String,
}

impl Toolchain {
    /// That of this program: of the build of `pipeline-core` in it.
    pub fn current() -> Toolchain {
        Toolchain {
            rustc: env!("BUILT_WITH_RUSTC").into(),
            target: env!("BUILT_FOR_TARGET").into(),
            profile: env!("BUILT_IN_PROFILE").into(),
        }
    }
}
