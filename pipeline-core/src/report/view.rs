//! The common part of text views of plain data: colours, and a stable form for snapshots.

/// The text, or its placeholder `[name]` in a snapshot, because the text varies from run to run.
pub(super) fn varying(stable: bool, name: &str, text: impl FnOnce() -> String) -> String {
    if stable { format!("[{name}]") } else { text() }
}

/// Defines text views of plain data.
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
                /// Creates the view, without colours.
                pub fn new(data: &'a $data) -> $name<'a> {
                    $name { data, paint: &$crate::report::plain, stable: false }
                }

                /// Adds colours.
                pub fn paint(mut self, paint: $crate::report::Paint<'a>) -> $name<'a> {
                    self.paint = paint;
                    self
                }

                /// Replaces or omits what differs from run to run (numbers, times, authors), for snapshots.
                pub fn stable(mut self) -> $name<'a> {
                    self.stable = true;
                    self
                }
            }
        )*
    };
}

pub(super) use views;
