//! Parses values as Taipy writes them: a string with the type after a colon.

/// A value parsed from a string with the type after a colon.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Typed {
    Section(String),
    Function(String),
    Value(toml::Value),
    /// A value of a type that defaults can't have here.
    Other(&'static str),
}

/// The type suffixes that Taipy writes.
const SUFFIXES: [&str; 14] = [
    "SECTION",
    "function",
    "class",
    "bool",
    "int",
    "float",
    "str",
    "datetime",
    "timedelta",
    "SCOPE",
    "FREQUENCY",
    "CYCLE",
    "ENTITY",
    "STORAGE_TYPE",
];

/// Parses a string with or without a type suffix. Without one, the value is the string itself.
///
/// # Errors
///
/// If the value can't be parsed as the type.
pub(super) fn typed(text: &str) -> Result<Typed, String> {
    let Some((value, suffix)) = text.rsplit_once(':').filter(|(_, suffix)| SUFFIXES.contains(suffix)) else {
        return Ok(Typed::Value(text.into()));
    };
    let wrong = || format!("can't parse `{value}` as {suffix}");
    Ok(match suffix {
        "SECTION" => Typed::Section(value.into()),
        "function" => Typed::Function(value.into()),
        "int" => Typed::Value(value.trim().parse::<i64>().map_err(|_| wrong())?.into()),
        "float" => match value.trim().parse::<f64>() {
            Ok(float) if !float.is_infinite() || value.contains("inf") => Typed::Value(float.into()),
            _ => return Err(wrong()),
        },
        "bool" => Typed::Value(match value {
            "True" => true.into(),
            "False" => false.into(),
            _ => return Err(wrong()),
        }),
        "str" => Typed::Value(value.into()),
        // Most datetime types are deserialized from a string.
        "datetime" => Typed::Value(value.into()),
        "timedelta" => Typed::Other("a duration"),
        "class" => Typed::Other("a class"),
        _ => Typed::Other("a Taipy choice"),
    })
}

/// Parses all typed strings inside a value.
pub(super) fn plain(value: toml::Value) -> Result<toml::Value, String> {
    Ok(match value {
        toml::Value::String(text) => match typed(&text)? {
            Typed::Value(value) => value,
            Typed::Section(_) => return Err("a section is not a value".into()),
            Typed::Function(_) => return Err("a function is not a value".into()),
            Typed::Other(what) => return Err(format!("{what} can't be a default here")),
        },
        toml::Value::Array(values) => {
            toml::Value::Array(values.into_iter().map(plain).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => toml::Value::Table(
            table.into_iter().map(|(key, value)| Ok((key, plain(value)?))).collect::<Result<_, String>>()?,
        ),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_parsed_by_the_type_after_the_colon() {
        assert_eq!(typed("1000:int"), Ok(Typed::Value(1_000.into())));
        assert_eq!(typed("1.5:float"), Ok(Typed::Value(1.5.into())));
        assert_eq!(typed("True:bool"), Ok(Typed::Value(true.into())));
        assert_eq!(typed("data/a:b.csv"), Ok(Typed::Value("data/a:b.csv".into())));
        assert_eq!(typed("a:str"), Ok(Typed::Value("a".into())));
        assert_eq!(typed("x:SECTION"), Ok(Typed::Section("x".into())));
        assert_eq!(typed("p.m.f:function"), Ok(Typed::Function("p.m.f".into())));
        assert_eq!(typed("x:int"), Err("can't parse `x` as int".into()));
        assert_eq!(typed("true:bool"), Err("can't parse `true` as bool".into()));
        assert!(matches!(typed("SCENARIO:SCOPE"), Ok(Typed::Other(_))));
    }
}
