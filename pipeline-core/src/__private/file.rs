//! Compile-time checks of a scenario file. Their messages show the place in the file, which the compiler's own errors
//! can't do.

use crate::data::File;
use crate::graph::Task;
use skipstone_wiring::{CallArgument, Text};
use std::marker::PhantomData;
use std::path::PathBuf;

/// Compares two types. `SAME` is the inherent constant if they are the same type, otherwise the one of [`Differs`].
pub struct Pair<A, B>(PhantomData<(A, B)>);

impl<T> Pair<T, T> {
    /// The types are the same.
    pub const SAME: bool = true;
}

/// Implemented for every pair of types; the inherent constant of equal types takes precedence.
pub trait Differs {
    /// The types differ.
    const SAME: bool = false;
}

impl<A, B> Differs for Pair<A, B> {}

/// The defaults that a file can give for an input of type `T`. `KIND` is the inherent constant if the type is known
/// here, otherwise the one of [`TakesAnything`].
pub struct Takes<T: ?Sized>(PhantomData<T>);

/// Implemented for every type: the default is only checked at run time, when it is parsed.
pub trait TakesAnything {
    /// Any value.
    const KIND: DefaultKind = DefaultKind::Anything;
}

impl<T: ?Sized> TakesAnything for Takes<T> {}

/// The kind of default that an input takes.
#[derive(Clone, Copy)]
pub enum DefaultKind {
    /// Any value.
    Anything,
    /// A string.
    Text,
    /// Any number.
    Number,
    /// A whole number in this range, both ends included.
    Whole(i64, i64),
    /// `true` or `false`.
    Flag,
    /// An array.
    List,
}

/// The kind of default that a file gives.
#[derive(Clone, Copy)]
pub enum GivenDefault {
    /// A string.
    Text,
    /// A whole number.
    Integer(i64),
    /// A float.
    Float,
    /// `true` or `false`.
    Flag,
    /// An array.
    List,
    /// A table or a datetime.
    Other,
}

/// Returns whether an input of this kind takes the given default.
pub(super) const fn takes(kind: DefaultKind, given: GivenDefault) -> bool {
    match (kind, given) {
        (DefaultKind::Anything, _)
        | (DefaultKind::Text, GivenDefault::Text)
        | (DefaultKind::Number, GivenDefault::Float | GivenDefault::Integer(_))
        | (DefaultKind::Flag, GivenDefault::Flag)
        | (DefaultKind::List, GivenDefault::List) => true,
        (DefaultKind::Whole(least, most), GivenDefault::Integer(number)) => least <= number && number <= most,
        _ => false,
    }
}

macro_rules! takes {
    ($($ty:ty => $kind:expr),* $(,)?) => {
        $(impl Takes<$ty> {
            #[allow(missing_docs)]
            pub const KIND: DefaultKind = $kind;
        })*
    };
}

takes! {
    f32 => DefaultKind::Number,
    f64 => DefaultKind::Number,
    i8 => DefaultKind::Whole(i8::MIN as i64, i8::MAX as i64),
    i16 => DefaultKind::Whole(i16::MIN as i64, i16::MAX as i64),
    i32 => DefaultKind::Whole(i32::MIN as i64, i32::MAX as i64),
    i64 => DefaultKind::Whole(i64::MIN, i64::MAX),
    u8 => DefaultKind::Whole(0, u8::MAX as i64),
    u16 => DefaultKind::Whole(0, u16::MAX as i64),
    u32 => DefaultKind::Whole(0, u32::MAX as i64),
    u64 => DefaultKind::Whole(0, i64::MAX),
    usize => DefaultKind::Whole(0, i64::MAX),
    bool => DefaultKind::Flag,
    String => DefaultKind::Text,
    PathBuf => DefaultKind::Text,
    File => DefaultKind::Text,
}

impl<T> Takes<Vec<T>> {
    /// An array.
    pub const KIND: DefaultKind = DefaultKind::List;
}

#[cfg(feature = "polars")]
impl<R, F> Takes<crate::frame::TableFile<R, F>> {
    /// The path of a file.
    pub const KIND: DefaultKind = DefaultKind::Text;
}

/// Returns the type of the node that argument `index` must be, as text.
pub(super) const fn parameter_type<T: Task>(arguments: &[CallArgument<'_>], index: usize) -> &'static str {
    let parameter = T::SIGNATURE.parameter_of(arguments, index);
    if parameter < T::SIGNATURE.parameters.len() { T::SIGNATURE.parameters[parameter].node } else { "?" }
}

/// Returns the type of output `index` of a task, as text.
pub(super) const fn output_type<T: Task>(index: usize) -> &'static str {
    if index < T::SIGNATURE.outputs.len() { T::SIGNATURE.outputs[index] } else { "?" }
}

/// Returns whether the type is known. It is not if the function is not a task, which another check reports.
pub(super) const fn is_known(ty: &str) -> bool {
    !matches!(ty.as_bytes(), b"?")
}

/// The message about an argument of the wrong type.
pub(super) const fn mismatch<T: Task>(arguments: &[CallArgument<'_>], index: usize, found: &str) -> Text {
    let text = Text::new().push("argument `").push(arguments[index].node).push("` of task `").push(T::NAME);
    let text = text.push("`: expected `").push(parameter_type::<T>(arguments, index));
    text.push("`, found `").push(found).push("`")
}

/// The message about an output whose type is not the one that the file declares.
pub(super) const fn output_mismatch<T: Task>(node: &str, index: usize, declared: &str) -> Text {
    let text = Text::new().push("output `").push(node).push("` is declared as `").push(declared);
    text.push("`, but task `").push(T::NAME).push("` returns `").push(output_type::<T>(index)).push("`")
}

/// The message about a default that is not valid for the type of its input.
pub(super) const fn invalid_default(node: &str, ty: &str, value: &str) -> Text {
    let text = Text::new().push("`").push(value).push("` is not a valid `").push(ty);
    text.push("` for input `").push(node).push("`")
}
