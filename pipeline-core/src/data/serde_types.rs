//! Every type that serde can write and read can be the type of a data node.

use super::codec::round_trip;
use super::foreign::Foreign;
use super::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Codec for T {
    fn encode(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError> {
        if let Some(foreign) = Foreign::find::<T>() {
            return (foreign.save)(self, &mut Sink::new(out));
        }
        out.write_all(&encoded(self)?).map_err(DataError::Write)
    }

    fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError> {
        match Foreign::find::<T>() {
            Some(foreign) => (foreign.save)(self, sink),
            None => self.encode(sink),
        }
    }

    fn round_trip(self) -> Result<T, DataError> {
        match Foreign::find::<T>() {
            Some(foreign) => foreign.round_trip(self),
            None => round_trip(self),
        }
    }

    fn decode(bytes: &[u8]) -> Result<T, DataError> {
        if let Some(foreign) = Foreign::find::<T>() {
            return foreign.decoded(bytes);
        }
        rmp_serde::from_slice(bytes)
            .map_err(|error| DataError::Decode { ty: short_type_name::<T>(), message: error.to_string() })
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Typed for T {
    fn parse(text: &str) -> Result<T, String> {
        match Foreign::find::<T>() {
            Some(foreign) => foreign.parsed(text),
            None => parse::value(text),
        }
    }

    fn from_toml(value: &TomlValue) -> Result<T, String> {
        match Foreign::find::<T>() {
            Some(foreign) => foreign.parsed(&value.0.to_string()),
            None => toml_value::read(&value.0),
        }
    }

    fn to_toml(&self) -> Option<TomlValue> {
        if Foreign::find::<T>().is_some() { None } else { toml_value::written(self).map(TomlValue) }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Shown for T {
    fn summary(&self) -> String {
        match Foreign::find::<T>() {
            Some(foreign) => (foreign.summary)(self),
            None => summary::value(self),
        }
    }

    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        match Foreign::find::<T>() {
            Some(foreign) => (foreign.show)(self, format, out),
            None => table::show_value(self, format, out),
        }
    }

    fn number(&self, field: Option<&str>) -> Result<Option<Number>, DataError> {
        if let Some(foreign) = Foreign::find::<T>() {
            return (foreign.number)(self, field);
        }
        let value = json::of(self)?;
        let value = match field {
            None => Some(&value),
            Some(field) => value.get(field),
        };
        Ok(value.and_then(Number::of_json))
    }

    fn shape() -> Shape {
        Foreign::find::<T>().map_or_else(shape::of::<T>, |foreign| (foreign.shape)())
    }

    fn page(&self, of: PageOf) -> Result<Page, ShowError> {
        match Foreign::find::<T>() {
            Some(foreign) => (foreign.page)(self, of),
            None => page::of_value(self, of),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Tabular for T {}

fn encoded<T: Serialize>(value: &T) -> Result<Vec<u8>, DataError> {
    canonical::to_vec(value).map_err(|error| DataError::Encode { message: error.to_string() })
}
