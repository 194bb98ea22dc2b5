//! What is known about a node's value without reading it.

use super::counted;
use crate::store::Hash;
use serde::{Deserialize, Serialize};

/// A reference to the value of a node: where its content is, and a summary for display.
///
/// It has the same form wherever a value is referred to: in job descriptions and their outcomes, result records,
/// reports and the registry. Earlier versions wrote the fields under other names, which are still read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ValueRef {
    /// The hash of its content. It names the object with the value, unless the value is in files or is secret.
    #[serde(alias = "object", alias = "content")]
    pub hash: Hash,
    /// The size of its content, in bytes; 0 if it was not recorded.
    #[serde(default)]
    pub bytes: u64,
    /// The number of rows, if it is a table that a task made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// The objects of its columns, if it is a long table. The object with its hash is then an index of those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Hash>,
    /// The contents of its columns, if it is a table. Readers depend only on the columns that they name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<ColumnContent>,
    /// The hash of the rows, for a table whose rows have no order. It does not depend on the order in which its object
    /// stores the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unordered: Option<Hash>,
    /// The value in a few words.
    #[serde(default, alias = "brief", alias = "value", skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// The path or pattern that was given, for a value in files outside of the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// The files that the value stands for, with their contents when they were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<InputFile>,
    /// The parts, if it stands for several values. It is in no object of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartRef>,
    /// Whether it is a secret. A secret is not stored in an object, and its hash differs from store to store.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
}

/// The content of a column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ColumnContent {
    /// The column's name.
    pub name: String,
    /// The hash of its values, in the order of the rows.
    pub hash: Hash,
    /// The hash of what the values are computed from, if that alone identifies them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<Hash>,
}

/// A part of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct PartRef {
    /// Its key.
    pub key: String,
    /// The hash of its content.
    pub content: Hash,
}

/// A file outside of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct InputFile {
    /// Its path.
    pub path: String,
    /// The hash of its content.
    pub content: Hash,
}

impl ValueRef {
    /// Creates a reference to a value in an object of `bytes` bytes.
    pub(crate) fn object(hash: Hash, bytes: u64, summary: String) -> ValueRef {
        let (columns, contents, files) = (Vec::new(), Vec::new(), Vec::new());
        let (rows, unordered, given) = (None, None, None);
        let parts = Vec::new();
        ValueRef {
            hash,
            bytes,
            rows,
            columns,
            contents,
            unordered,
            summary,
            given,
            files,
            parts,
            secret: false,
        }
    }

    /// Creates a reference to several values, each with a key.
    pub(crate) fn of_parts(parts: Vec<PartRef>) -> ValueRef {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"parts of a node");
        for PartRef { key, content } in &parts {
            hasher.update(&(key.len() as u64).to_le_bytes());
            hasher.update(key.as_bytes());
            hasher.update(content.as_bytes());
        }
        let summary = counted(parts.len(), "part");
        ValueRef { parts, ..ValueRef::object(hasher.finalize().into(), 0, summary) }
    }

    /// The object with the value, if it is stored in one.
    pub fn in_object(&self) -> Option<Hash> {
        let elsewhere =
            self.given.is_some() || !self.files.is_empty() || !self.parts.is_empty() || self.secret;
        (!elsewhere).then_some(self.hash)
    }

    /// All objects that the value consists of.
    pub fn objects(&self) -> impl Iterator<Item = Hash> {
        self.in_object().into_iter().chain(self.columns.iter().copied())
    }

    /// The same reference without its files, which may be many.
    pub(crate) fn without_files(&self) -> ValueRef {
        let ValueRef { hash, bytes, rows, unordered, secret, .. } = *self;
        let (summary, given) = (self.summary.clone(), self.given.clone());
        let (columns, contents) = (self.columns.clone(), self.contents.clone());
        ValueRef {
            hash,
            bytes,
            rows,
            columns,
            contents,
            unordered,
            summary,
            given,
            files: Vec::new(),
            parts: self.parts.clone(),
            secret,
        }
    }

    /// The hash that decides whether two values are the same.
    pub(crate) fn content(&self) -> Hash {
        self.unordered.unwrap_or(self.hash)
    }

    /// The content of a column, if known.
    pub(crate) fn content_of_column(&self, name: &str) -> Option<Hash> {
        self.contents.iter().find(|column| column.name == name).map(|column| column.hash)
    }

    /// The hash of the content that a reader of these columns depends on; `None` if it is not known by column.
    pub(crate) fn content_of<'a>(&self, columns: impl Iterator<Item = &'a str>) -> Option<Hash> {
        let mut read = blake3::Hasher::new();
        read.update(b"columns of a table");
        let mut names: Vec<&str> = columns.collect();
        names.sort_unstable();
        for name in &names {
            let content = self.content_of_column(name)?;
            read.update(&(name.len() as u64).to_le_bytes());
            read.update(name.as_bytes());
            read.update(content.as_bytes());
        }
        (!names.is_empty()).then(|| read.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Of {
        node: String,
        #[serde(flatten)]
        value: ValueRef,
    }

    #[test]
    fn references_written_by_earlier_versions_are_read() {
        let hash = Hash::of(b"x");
        let read = |text: String| serde_json::from_str::<Of>(&text).expect("read").value;
        let value = |bytes, rows| ValueRef { rows, ..ValueRef::object(hash, bytes, "7 rows".into()) };
        let report = format!(r#"{{"node":"a","hash":"{hash}","bytes":9,"rows":7,"brief":"7 rows"}}"#);
        assert_eq!(read(report), value(9, Some(7)));
        let record = format!(r#"{{"object":"{hash}","bytes":9,"brief":"7 rows"}}"#);
        assert_eq!(serde_json::from_str::<ValueRef>(&record).expect("read"), value(9, None));
        let input = format!(
            r#"{{"node":"a","content":"{hash}","value":"7 rows","files":[{{"path":"/x","content":"{hash}"}}]}}"#
        );
        let files = vec![InputFile { path: "/x".into(), content: hash }];
        assert_eq!(read(input), ValueRef { files, ..value(0, None) });

        let all =
            ValueRef { given: Some("*.csv".into()), secret: true, columns: vec![hash], ..value(9, Some(7)) };
        let all =
            ValueRef { contents: vec![ColumnContent { name: "x".into(), hash, formula: Some(hash) }], ..all };
        let of = Of { node: "a".into(), value: all };
        let text = serde_json::to_string(&of).expect("written");
        assert_eq!(serde_json::from_str::<Of>(&text).expect("read"), of);
    }
}
