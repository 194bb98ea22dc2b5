//! Every type that serde can write and read is a type of data nodes.

use super::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Codec for T {
    fn encode(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError> {
        out.write_all(&encoded(self)?).map_err(DataError::Write)
    }

    fn decode(bytes: &[u8]) -> Result<T, DataError> {
        rmp_serde::from_slice(bytes)
            .map_err(|error| DataError::Decode { ty: short_type_name::<T>(), message: error.to_string() })
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Typed for T {
    fn parse(text: &str) -> Result<T, String> {
        parse::value(text)
    }

    fn from_toml(value: &TomlValue) -> Result<T, String> {
        toml_value::read(&value.0)
    }

    fn to_toml(&self) -> Option<TomlValue> {
        toml_value::written(self).map(TomlValue)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Shown for T {
    fn summary(&self) -> String {
        brief::value(self)
    }

    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        table::show_value(self, format, out)
    }

    fn number(&self, field: Option<&str>) -> Result<Option<Number>, DataError> {
        let value = json::of(self)?;
        let value = match field {
            None => Some(&value),
            Some(field) => value.get(field),
        };
        Ok(value.and_then(Number::of_json))
    }

    fn shape() -> Shape {
        shape::of::<T>()
    }

    fn page(&self, of: PageOf) -> Result<Page, ShowError> {
        page::of_value(self, of)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Tabular for T {}

fn encoded<T: Serialize>(value: &T) -> Result<Vec<u8>, DataError> {
    canonical::to_vec(value).map_err(|error| DataError::Encode { message: error.to_string() })
}
