//! Lists of types, which say what a task takes and returns: `()` is empty, `(A, Rest)` begins with `A`.

/// Type `I` of a list.
#[diagnostic::on_unimplemented(message = "a task has at most 64 parameters and 64 outputs")]
pub trait TypeAt<const I: usize> {
    /// The type, or `Else` if the list is shorter.
    type Or<Else>;
}

impl<const I: usize> TypeAt<I> for () {
    type Or<Else> = Else;
}

impl<T, Rest> TypeAt<0> for (T, Rest) {
    type Or<Else> = T;
}

/// Stands for a parameter that does not exist.
impl<T, Rest> TypeAt<{ usize::MAX }> for (T, Rest) {
    type Or<Else> = Else;
}

macro_rules! after {
    ($($before:literal $index:literal)*) => {
        $(impl<T, Rest: TypeAt<$before>> TypeAt<$index> for (T, Rest) {
            type Or<Else> = Rest::Or<Else>;
        })*
    };
}

after! {
    0 1
    1 2
    2 3
    3 4
    4 5
    5 6
    6 7
    7 8
    8 9
    9 10
    10 11
    11 12
    12 13
    13 14
    14 15
    15 16
    16 17
    17 18
    18 19
    19 20
    20 21
    21 22
    22 23
    23 24
    24 25
    25 26
    26 27
    27 28
    28 29
    29 30
    30 31
    31 32
    32 33
    33 34
    34 35
    35 36
    36 37
    37 38
    38 39
    39 40
    40 41
    41 42
    42 43
    43 44
    44 45
    45 46
    46 47
    47 48
    48 49
    49 50
    50 51
    51 52
    52 53
    53 54
    54 55
    55 56
    56 57
    57 58
    58 59
    59 60
    60 61
    61 62
    62 63
}
