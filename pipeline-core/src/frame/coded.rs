//! Codes for columns with few different values: each bit of the codes is a column of its own.
//!
//! Ten million answers of "yes" or "no" take ten megabytes, while the strings take hundreds. The values that the codes
//! stand for are in the index of the table, in the order of their first appearance, so the bytes depend on the rows
//! alone.

use crate::data::{CodedColumn, CodedType, ColumnType};
use polars::prelude::*;
use polars_arrow::array::Array;
use polars_arrow::bitmap::Bitmap;
use std::collections::HashMap;

/// The number of bit columns. Part of the format, like all constants here.
const BITS: usize = 8;

/// The maximum number of different values; a missing one counts as a value.
const VALUES: usize = 1 << BITS;

/// The prefix of the name of the decoding function in plans.
const DECODED: &str = "\u{1}decoded ";

/// Strings of at most this many bytes are in their column itself.
const INLINE: u32 = 12;

/// A column with a string of more bytes than this has no codes: the values are in the index, which is read into memory
/// as a whole.
const LONGEST: usize = 256;

/// The number of bits of a hash that select the place of a recent key.
const LATEST: u32 = 10;

/// Returns the name of the column with this bit of a column's codes.
fn plane(column: &str, bit: usize) -> PlSmallStr {
    // No column begins like this, and the column that counts rows has only one of these marks.
    format!("\u{1}\u{1}{bit}{column}").into()
}

/// Returns the columns that replace this one in a file.
pub(super) fn planes(column: &str) -> impl Iterator<Item = Field> {
    (0..BITS).map(move |bit| Field::new(plane(column, bit), DataType::Boolean))
}

/// Assigns codes to the values of a column.
pub(super) struct Coder {
    ty: CodedType,
    values: Vec<Option<String>>,
    missing: Option<u8>,
    /// The codes of numbers, and of strings that are in their column itself.
    short: HashMap<u128, u8>,
    long: HashMap<String, u8>,
    /// Recently used entries of `short`, by a few bits of their hashes.
    latest: Box<[(u128, u8); 1 << LATEST]>,
}

impl Coder {
    /// Returns a coder for a column of this type, if the type supports codes.
    pub(super) fn of(ty: ColumnType) -> Option<Coder> {
        let ty = match ty {
            ColumnType::I32 => CodedType::I32,
            ColumnType::I64 => CodedType::I64,
            ColumnType::U32 => CodedType::U32,
            ColumnType::U64 => CodedType::U64,
            ColumnType::String | ColumnType::Category(_) => CodedType::String,
            _ => return None,
        };
        let (short, long) = (HashMap::new(), HashMap::new());
        // No value has this key: no string in its column has 2³² − 1 bytes, and no number has 128 bits.
        let latest = Box::new([(u128::MAX, 0); 1 << LATEST]);
        Some(Coder { ty, values: Vec::new(), missing: None, short, long, latest })
    }

    /// Returns the values that the codes stand for.
    pub(super) fn coded(&self) -> CodedColumn {
        CodedColumn { ty: self.ty, values: self.values.clone() }
    }

    /// Returns the bit columns for these values in canonical form. Returns `None` if there are too many different
    /// values: then no more values may be coded, and the codes so far remain valid.
    pub(super) fn encode(&mut self, column: &Column) -> PolarsResult<Option<Vec<Column>>> {
        let known = self.values.len();
        let codes = self.codes(column)?;
        if codes.is_none() {
            self.values.truncate(known);
        }
        Ok(codes.map(|codes| bits(column.name(), codes)))
    }

    fn codes(&mut self, column: &Column) -> PolarsResult<Option<Vec<u8>>> {
        let series = column.as_materialized_series();
        macro_rules! numbers {
            ($values:expr, $ty:ty) => {{
                let values = $values;
                let code = |value: &$ty| self.short(u128::from(*value as u64), || value.to_string());
                match values.cont_slice() {
                    Ok(values) => values.iter().map(code).collect(),
                    Err(_) => {
                        let code = |value: Option<$ty>| match value {
                            None => self.missing(),
                            Some(value) => self.short(u128::from(value as u64), || value.to_string()),
                        };
                        values.iter().map(code).collect()
                    }
                }
            }};
        }
        Ok(match self.ty {
            CodedType::I32 => numbers!(series.i32()?, i32),
            CodedType::I64 => numbers!(series.i64()?, i64),
            CodedType::U32 => numbers!(series.u32()?, u32),
            CodedType::U64 => numbers!(series.u64()?, u64),
            CodedType::String => {
                let mut codes = Vec::with_capacity(series.len());
                for texts in series.str()?.downcast_iter() {
                    let mask = texts.validity();
                    for (row, view) in texts.views().iter().enumerate() {
                        let text = || texts.value(row);
                        let code = match view.length {
                            _ if mask.is_some_and(|mask| !mask.get_bit(row)) => self.missing(),
                            ..=INLINE => self.short(view.as_u128(), || text().to_owned()),
                            _ => self.long(text()),
                        };
                        let Some(code) = code else { return Ok(None) };
                        codes.push(code);
                    }
                }
                Some(codes)
            }
        })
    }

    fn missing(&mut self) -> Option<u8> {
        if self.missing.is_none() {
            self.missing = Some(self.add(None)?);
        }
        self.missing
    }

    #[inline]
    fn short(&mut self, key: u128, text: impl FnOnce() -> String) -> Option<u8> {
        let place = (mixed(key) >> (64 - LATEST)) as usize;
        match self.latest[place] {
            (latest, code) if latest == key => Some(code),
            _ => self.not_latest(place, key, text),
        }
    }

    #[cold]
    fn not_latest(&mut self, place: usize, key: u128, text: impl FnOnce() -> String) -> Option<u8> {
        let code = match self.short.get(&key) {
            Some(code) => *code,
            None => {
                let code = self.add(Some(text()))?;
                self.short.insert(key, code);
                code
            }
        };
        self.latest[place] = (key, code);
        Some(code)
    }

    fn long(&mut self, text: &str) -> Option<u8> {
        if text.len() > LONGEST {
            return None;
        }
        if let Some(code) = self.long.get(text) {
            return Some(*code);
        }
        let code = self.add(Some(text.to_owned()))?;
        self.long.insert(text.to_owned(), code);
        Some(code)
    }

    fn add(&mut self, value: Option<String>) -> Option<u8> {
        let code = u8::try_from(self.values.len()).ok()?;
        self.values.push(value);
        Some(code)
    }
}

/// Returns a few bits that differ for most keys: a multiplication spreads them (Knuth, The Art of Computer Programming,
/// volume 3, section 6.4).
fn mixed(key: u128) -> u64 {
    (key as u64 ^ ((key >> 64) as u64).rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Transposes a square of eight by eight bits: bit i of byte j becomes bit j of byte i. The steps are from Warren,
/// Hacker's Delight, section 7-3.
fn transposed(square: u64) -> u64 {
    let swap = |square: u64, mask: u64, by: u32| {
        let other = (square ^ (square >> by)) & mask;
        square ^ other ^ (other << by)
    };
    let square = swap(square, 0x00aa_00aa_00aa_00aa, 7);
    let square = swap(square, 0x0000_cccc_0000_cccc, 14);
    swap(square, 0x0000_0000_f0f0_f0f0, 28)
}

/// Splits codes into a column for each bit.
fn bits(column: &str, mut codes: Vec<u8>) -> Vec<Column> {
    let rows = codes.len();
    codes.resize(rows.next_multiple_of(8), 0);
    let mut planes: [Vec<u8>; BITS] = std::array::from_fn(|_| Vec::with_capacity(codes.len() / 8));
    for eight in codes.as_chunks::<8>().0 {
        let square = transposed(u64::from_le_bytes(*eight)).to_le_bytes();
        planes.iter_mut().zip(square).for_each(|(plane, byte)| plane.push(byte));
    }
    let planes = planes.into_iter().enumerate().map(|(bit, bytes)| {
        let bits = Bitmap::from_u8_vec(bytes, rows);
        BooleanChunked::from_bitmap(plane(column, bit), bits).into_column()
    });
    planes.collect()
}

/// Joins columns of bits to codes.
fn codes(planes: &[Column]) -> PolarsResult<Vec<IdxSize>> {
    let rows = planes.first().map_or(0, Column::len);
    let planes = planes.iter().map(|plane| {
        let plane = plane.as_materialized_series().rechunk();
        Ok(plane.bool()?.downcast_as_array().values().clone())
    });
    let planes = planes.collect::<PolarsResult<Vec<Bitmap>>>()?;
    let mut codes = Vec::with_capacity(rows.next_multiple_of(8));
    for start in (0..rows).step_by(8) {
        let mut square = [0; 8];
        for (byte, plane) in square.iter_mut().zip(&planes) {
            *byte = byte_at(plane, start);
        }
        let square = transposed(u64::from_le_bytes(square)).to_le_bytes();
        codes.extend(square.map(IdxSize::from));
    }
    codes.truncate(rows);
    Ok(codes)
}

/// Returns eight bits from this one on, at any position in a byte; bits after the end have no meaning.
fn byte_at(bits: &Bitmap, start: usize) -> u8 {
    let (bytes, offset, _) = bits.as_slice();
    let at = offset + start;
    let low = u16::from(bytes.get(at / 8).copied().unwrap_or(0));
    let high = u16::from(bytes.get(at / 8 + 1).copied().unwrap_or(0));
    (((high << 8) | low) >> (at % 8)) as u8
}

/// Returns the name of the step in a plan that decodes with these values. It depends on the values, since equal codes
/// of two tables may stand for different values.
pub(super) fn mark(coded: &CodedColumn) -> String {
    let values = serde_json::to_vec(coded).unwrap_or_default();
    format!("{DECODED}{}", blake3::hash(&values).to_hex())
}

/// Whether this is the name of a decoding step.
pub(super) fn is_mark(name: &str) -> bool {
    name.starts_with(DECODED)
}

/// Returns the expression that decodes a column, in a plan that reads its file.
pub(super) fn decoded(name: &str, coded: &CodedColumn) -> PolarsResult<Expr> {
    let values = values(name, coded)?;
    let field = Field::new(name.into(), values.dtype().clone());
    // At least one bit: the codes of a column with one value are all zero.
    let used = coded.values.len().next_power_of_two().trailing_zeros().max(1) as usize;
    let input: Vec<Expr> = (0..used).map(|bit| col(plane(name, bit))).collect();
    let decode = move |planes: &mut [Column]| {
        let codes = codes(planes)?;
        Ok(values.take(&IdxCa::from_vec(PlSmallStr::EMPTY, codes))?.into_column())
    };
    let decoded = map_multiple(decode, input, move |_: &Schema, _: &[Field]| Ok(field.clone()));
    Ok(match decoded {
        Expr::AnonymousFunction { input, function, options, .. } => {
            Expr::AnonymousFunction { input, function, options, fmt_str: Box::new(mark(coded).into()) }
        }
        other => other,
    }
    .alias(name))
}

/// Returns the values that codes stand for.
fn values(name: &str, coded: &CodedColumn) -> PolarsResult<Series> {
    fn parsed<T: std::str::FromStr>(name: &str, coded: &CodedColumn) -> PolarsResult<Vec<Option<T>>> {
        let bad = |text: &str| polars_err!(ComputeError: "the index of the table has an invalid value `{text}` for column `{name}`");
        let parse = |text: &String| text.parse().map_err(|_| bad(text));
        coded.values.iter().map(|value| value.as_ref().map(parse).transpose()).collect()
    }
    let (name, texts) = (PlSmallStr::from(name), &coded.values);
    if texts.is_empty() || texts.len() > VALUES {
        polars_bail!(ComputeError: "column `{name}` has codes for {} values", texts.len());
    }
    Ok(match coded.ty {
        CodedType::I32 => Series::new(name.clone(), parsed::<i32>(&name, coded)?),
        CodedType::I64 => Series::new(name.clone(), parsed::<i64>(&name, coded)?),
        CodedType::U32 => Series::new(name.clone(), parsed::<u32>(&name, coded)?),
        CodedType::U64 => Series::new(name.clone(), parsed::<u64>(&name, coded)?),
        CodedType::String => Series::new(name, texts),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_of_bits_transposed_twice_is_the_same() {
        let square = u64::from_le_bytes([1, 2, 4, 8, 0xff, 0, 0xaa, 0x55]);
        assert_eq!(transposed(transposed(square)), square);
        // The first byte has the first bit of each.
        assert_eq!(transposed(square) as u8, 0b1001_0001);
        for (row, bit) in [(0, 0), (1, 6), (7, 0), (3, 5)] {
            assert_eq!(transposed(1 << (8 * row + bit)), 1 << (8 * bit + row));
        }
    }

    /// Returns the decoded column, if it could be coded.
    fn round_trip(coder: &mut Coder, column: &Column) -> Option<Column> {
        let planes = coder.encode(column).expect("coded")?;
        let rows = column.len();
        let plan = DataFrame::new(rows, planes).expect("a table").lazy();
        let plan = plan.select([decoded(column.name(), &coder.coded()).expect("a plan")]);
        // Also for a part that doesn't begin at a byte.
        let part = plan.clone().slice(3, 1_000).collect().expect("collected");
        assert!(part.columns()[0].equals_missing(&column.slice(3, 1_000)));
        Some(plan.collect().expect("collected").columns()[0].clone())
    }

    fn coded(ty: ColumnType, column: Column) {
        let mut coder = Coder::of(ty).expect("such columns can have codes");
        let back = round_trip(&mut coder, &column).expect("few values");
        assert!(back.equals_missing(&column) && back.dtype() == column.dtype(), "{back:?}");
    }

    #[test]
    fn values_of_each_type_survive_a_round_trip() {
        let rows = 10_001;
        let few = |row: usize| (row % 7 != 3).then_some(row * row % 11);
        let column = |values: Vec<Option<i64>>| Column::new("c".into(), values);
        coded(ColumnType::I64, column((0..rows).map(|row| few(row).map(|it| it as i64 - 5)).collect()));
        coded(ColumnType::I64, column(vec![Some(i64::MIN), Some(i64::MAX), None, Some(0), Some(-1)]));
        coded(ColumnType::I64, column(vec![None; 20]));
        coded(ColumnType::I64, column((0..256).map(Some).collect()));
        coded(ColumnType::U64, Column::new("c".into(), [u64::MAX, 0, 1]));
        coded(ColumnType::I32, Column::new("c".into(), [i32::MIN, -1, i32::MAX]));
        coded(ColumnType::U32, Column::new("c".into(), [u32::MAX, 1]));
        let text = |it: usize| "ü0123456789abcdef".chars().take(it + 4).collect::<String>();
        let texts: Vec<_> = (0..rows).map(|row| few(row).map(text)).collect();
        coded(ColumnType::String, Column::new("c".into(), texts));
        coded(ColumnType::String, Column::new("c".into(), ["", "a", "a\0", "\u{1}"]));
    }

    #[test]
    fn too_many_values_have_no_codes_and_earlier_codes_remain_valid() {
        let mut coder = Coder::of(ColumnType::I64).expect("a coder");
        let first = Column::new("c".into(), (0..200_i64).collect::<Vec<_>>());
        assert!(round_trip(&mut coder, &first).is_some());
        let next = Column::new("c".into(), (100..300_i64).collect::<Vec<_>>());
        assert!(coder.encode(&next).expect("looked at").is_none());
        assert_eq!(coder.coded().values.len(), 200);
        assert!(Coder::of(ColumnType::F64).is_none() && Coder::of(ColumnType::Bool).is_none());
        for (length, has_codes) in [(LONGEST, true), (LONGEST + 1, false)] {
            let texts = Column::new("c".into(), ["short".to_owned(), "l".repeat(length)]);
            let mut coder = Coder::of(ColumnType::String).expect("a coder");
            assert_eq!(round_trip(&mut coder, &texts).is_some(), has_codes);
        }
    }
}
