//! Values as Taipy writes them: a text with its type behind a colon.

/// A text with its type behind a colon.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Typed {
    Section(String),
    Function(String),
    Value(toml::Value),
    /// A type that a default can't be of here.
    Other(&'static str),
}

/// The types that Taipy writes.
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

/// The text as what it says; or why it is not.
pub(super) fn typed(text: &str) -> Result<Typed, String> {
    let Some((value, suffix)) = text.rsplit_once(':').filter(|(_, suffix)| SUFFIXES.contains(suffix)) else {
        return Ok(Typed::Value(text.into()));
    };
    let wrong = || format!("`{value}` is no {suffix}");
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
        // As the types of most programs read a moment: from a text.
        "datetime" => Typed::Value(value.into()),
        "timedelta" => Typed::Other("a length of time"),
        "class" => Typed::Other("a class"),
        _ => Typed::Other("a choice of Taipy's"),
    })
}

/// The value with all typed texts in it read.
pub(super) fn plain(value: toml::Value) -> Result<toml::Value, String> {
    Ok(match value {
        toml::Value::String(text) => match typed(&text)? {
            Typed::Value(value) => value,
            Typed::Section(_) => return Err("a section is no value".into()),
            Typed::Function(_) => return Err("a function is no value".into()),
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
    fn texts_have_their_types_behind_a_colon() {
        assert_eq!(typed("1000:int"), Ok(Typed::Value(1_000.into())));
        assert_eq!(typed("1.5:float"), Ok(Typed::Value(1.5.into())));
        assert_eq!(typed("True:bool"), Ok(Typed::Value(true.into())));
        assert_eq!(typed("data/a:b.csv"), Ok(Typed::Value("data/a:b.csv".into())));
        assert_eq!(typed("a:str"), Ok(Typed::Value("a".into())));
        assert_eq!(typed("x:SECTION"), Ok(Typed::Section("x".into())));
        assert_eq!(typed("p.m.f:function"), Ok(Typed::Function("p.m.f".into())));
        assert_eq!(typed("x:int"), Err("`x` is no int".into()));
        assert_eq!(typed("true:bool"), Err("`true` is no bool".into()));
        assert!(matches!(typed("SCENARIO:SCOPE"), Ok(Typed::Other(_))));
    }
}
