//! Values for people and for programs that read them.

use super::{DataError, Format, Number, Page, PageOf, Shape, ShowError, page, short_type_name};
use std::io::Write;

/// How a value is shown.
pub trait Shown: Sized {
    /// The value in a few words, for reports and reasons. By default the name of its type.
    fn summary(&self) -> String {
        short_type_name::<Self>()
    }

    /// Writes the value, for people ([`Format::Table`]) or programs. By default its summary.
    ///
    /// # Errors
    ///
    /// When the value can't be read, or `out` takes no more.
    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        super::table::show_value(&self.summary(), format, out)
    }

    /// The value as a number, or the number in a field of it, for KPIs; `None` if it is missing.
    ///
    /// # Errors
    ///
    /// When the value can't be read.
    fn number(&self, field: Option<&str>) -> Result<Option<Number>, DataError> {
        let _ = field;
        Ok(None)
    }

    /// What values look like in files and forms.
    fn shape() -> Shape {
        Shape::Any
    }

    /// A piece of the value, for those who look at it.
    #[doc(hidden)]
    fn page(&self, _of: PageOf) -> Result<Page, ShowError> {
        page::of_text(|out| self.show(Format::Table, out))
    }
}
