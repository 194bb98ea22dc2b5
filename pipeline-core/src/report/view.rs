//! What the views of plain data have in common: colours, and a form for snapshots.

/// What a text that varies from run to run is in a snapshot.
pub(super) fn varying(stable: bool, name: &str, text: impl FnOnce() -> String) -> String {
    if stable { format!("[{name}]") } else { text() }
}

/// A view of plain data as text.
macro_rules! views {
    ($($(#[$docs:meta])* $name:ident($data:ty);)*) => {
        $(
            $(#[$docs])*
            pub struct $name<'a> {
                data: &'a $data,
                paint: $crate::report::Paint<'a>,
                stable: bool,
            }

            impl<'a> $name<'a> {
                /// The text without colours.
                pub fn new(data: &'a $data) -> $name<'a> {
                    $name { data, paint: &$crate::report::plain, stable: false }
                }

                /// With colours.
                pub fn paint(mut self, paint: $crate::report::Paint<'a>) -> $name<'a> {
                    self.paint = paint;
                    self
                }

                /// Without what differs from time to time: numbers, moments, people. For snapshots.
                pub fn stable(mut self) -> $name<'a> {
                    self.stable = true;
                    self
                }
            }
        )*
    };
}

pub(super) use views;
