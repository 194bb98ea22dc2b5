//! Display of values, for people and for programs.

use super::{DataError, Format, Number, Page, PageOf, Shape, ShowError, page, short_type_name};
use std::io::Write;

/// Defines how a value is shown.
pub trait Shown: Sized {
    /// Summarizes the value in a few words, for reports and reasons. Defaults to the name of its type.
    fn summary(&self) -> String {
        short_type_name::<Self>()
    }

    /// Writes the value for people ([`Format::Table`]) or for programs. Defaults to its summary.
    ///
    /// # Errors
    ///
    /// When the value can't be read, or `out` can't be written.
    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        super::table::show_value(&self.summary(), format, out)
    }

    /// Returns the value, or a field of it, as a number for KPIs; `None` if it is missing.
    ///
    /// # Errors
    ///
    /// When the value can't be read.
    fn number(&self, field: Option<&str>) -> Result<Option<Number>, DataError> {
        let _ = field;
        Ok(None)
    }

    /// Describes the form of values in files and forms.
    fn shape() -> Shape {
        Shape::Any
    }

    /// Returns a page of the value, for display.
    #[doc(hidden)]
    fn page(&self, _of: PageOf) -> Result<Page, ShowError> {
        page::of_text(|out| self.show(Format::Table, out))
    }
}
