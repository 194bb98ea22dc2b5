//! Checks that the compiler makes of a wiring in a file: constants that say what is wrong with the place in the file,
//! for which the compiler's own words have no room.

use crate::data::File;
use crate::graph::Task;
use skipstone_wiring::{CallArgument, Text};
use std::marker::PhantomData;
use std::path::PathBuf;

/// Whether two types are one: `SAME` of the type itself if they are, and else that of [`Differs`].
pub struct Pair<A, B>(PhantomData<(A, B)>);

impl<T> Pair<T, T> {
    /// They are.
    pub const SAME: bool = true;
}

/// What every pair of types has.
pub trait Differs {
    /// They are not.
    const SAME: bool = false;
}

impl<A, B> Differs for Pair<A, B> {}

/// What a file may say as the default of an input of type `T`, as far as that is known: `WHAT` of the type itself,
/// or else that of [`TakesAnything`].
pub struct Takes<T: ?Sized>(PhantomData<T>);

/// What every type has: only the value itself can tell.
pub trait TakesAnything {
    /// Anything.
    const WHAT: What = What::Anything;
}

impl<T: ?Sized> TakesAnything for Takes<T> {}

/// What a file may say as a default.
#[derive(Clone, Copy)]
pub enum What {
    /// Anything.
    Anything,
    /// A text.
    Text,
    /// Any number.
    Number,
    /// A whole number from the one to the other.
    Whole(i64, i64),
    /// `true` or `false`.
    Flag,
    /// A list.
    List,
}

/// What a file says as a default.
#[derive(Clone, Copy)]
pub enum GivenDefault {
    /// A text.
    Text,
    /// A whole number.
    Integer(i64),
    /// A number.
    Float,
    /// `true` or `false`.
    Flag,
    /// A list.
    List,
    /// Something else.
    Other,
}

/// Whether the one can be the other.
pub const fn takes(what: What, given: GivenDefault) -> bool {
    match (what, given) {
        (What::Anything, _)
        | (What::Text, GivenDefault::Text)
        | (What::Number, GivenDefault::Float | GivenDefault::Integer(_))
        | (What::Flag, GivenDefault::Flag)
        | (What::List, GivenDefault::List) => true,
        (What::Whole(least, most), GivenDefault::Integer(number)) => least <= number && number <= most,
        _ => false,
    }
}

macro_rules! takes {
    ($($ty:ty => $what:expr),* $(,)?) => {
        $(impl Takes<$ty> {
            #[allow(missing_docs)]
            pub const WHAT: What = $what;
        })*
    };
}

takes! {
    f32 => What::Number,
    f64 => What::Number,
    i8 => What::Whole(i8::MIN as i64, i8::MAX as i64),
    i16 => What::Whole(i16::MIN as i64, i16::MAX as i64),
    i32 => What::Whole(i32::MIN as i64, i32::MAX as i64),
    i64 => What::Whole(i64::MIN, i64::MAX),
    u8 => What::Whole(0, u8::MAX as i64),
    u16 => What::Whole(0, u16::MAX as i64),
    u32 => What::Whole(0, u32::MAX as i64),
    u64 => What::Whole(0, i64::MAX),
    usize => What::Whole(0, i64::MAX),
    bool => What::Flag,
    String => What::Text,
    PathBuf => What::Text,
    File => What::Text,
}

impl<T> Takes<Vec<T>> {
    /// A list.
    pub const WHAT: What = What::List;
}

#[cfg(feature = "polars")]
impl<R, F> Takes<crate::frame::TableFile<R, F>> {
    /// The path of a file.
    pub const WHAT: What = What::Text;
}

/// The type of the node that a parameter takes, as text: that of the parameter which argument `index` is for.
pub const fn parameter_type<T: Task>(arguments: &[CallArgument<'_>], index: usize) -> &'static str {
    match T::SIGNATURE {
        Some(signature) => {
            let parameter = signature.parameter_of(arguments, index);
            if parameter < signature.parameters.len() { signature.parameters[parameter].node } else { "?" }
        }
        None => "?",
    }
}

/// The type of output `index` of a task, as text.
pub const fn output_type<T: Task>(index: usize) -> &'static str {
    match T::SIGNATURE {
        Some(signature) if index < signature.outputs.len() => signature.outputs[index],
        _ => "?",
    }
}

/// Whether a type's text says it: of a function that is no task another check speaks.
pub const fn is_known(ty: &str) -> bool {
    !matches!(ty.as_bytes(), b"?")
}

/// What to say of a node that is not of the type which a parameter takes.
pub const fn mismatch<T: Task>(arguments: &[CallArgument<'_>], index: usize, found: &str) -> Text {
    let text = Text::new().push("argument `").push(arguments[index].node).push("` of task `").push(T::NAME);
    let text = text.push("`: expected `").push(parameter_type::<T>(arguments, index));
    text.push("`, found `").push(found).push("`")
}

/// What to say of an output that is not of the type which the file says it has.
pub const fn other_output<T: Task>(node: &str, index: usize, said: &str) -> Text {
    let text = Text::new().push("output `").push(node).push("` is a `").push(output_type::<T>(index));
    text.push("`, as task `").push(T::NAME).push("` returns it, not a `").push(said).push("`")
}

/// What to say of a default that is no value of its input's type.
pub const fn no_default(node: &str, ty: &str, value: &str) -> Text {
    let text = Text::new().push("input `").push(node).push("` is a `").push(ty);
    text.push("`, and `").push(value).push("` is none")
}
