//! The content hash of a table whose rows have no order.
//!
//! Each row is hashed by itself, and the hashes are added up, so the sum is the same in any order of the rows.

use super::columns::to_strings;
use super::row::{Column as Field, ColumnType};
use crate::store::Hash;
use polars::prelude::*;

/// The sum of the hashes of rows.
#[derive(Default)]
pub(super) struct RowHashes {
    sum: [u64; 4],
    rows: u64,
}

impl RowHashes {
    /// Adds the rows of a batch in canonical form.
    pub(super) fn add(&mut self, batch: &DataFrame, fields: &[Field]) -> PolarsResult<()> {
        let columns = batch.columns().iter().zip(fields).map(|(column, field)| comparable(column, field.ty));
        let columns = columns.collect::<PolarsResult<Vec<_>>>()?;
        let rows = DataFrame::new(batch.height(), columns)?.into_struct("row".into()).into_series();
        for row in rows.row_encode_unordered()?.iter() {
            let hash = blake3::hash(row.unwrap_or_default());
            for (sum, part) in self.sum.iter_mut().zip(hash.as_bytes().as_chunks::<8>().0) {
                *sum = sum.wrapping_add(u64::from_le_bytes(*part));
            }
        }
        self.rows += batch.height() as u64;
        Ok(())
    }

    /// Returns the content hash of a table with the added rows.
    pub(super) fn finish(self, fields: &[Field]) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"rows without an order");
        for column in fields {
            let column = format!("{}: {}, {}", column.name, column.ty, column.nullable);
            hasher.update(&(column.len() as u64).to_le_bytes());
            hasher.update(column.as_bytes());
        }
        hasher.update(&self.rows.to_le_bytes());
        for part in self.sum {
            hasher.update(&part.to_le_bytes());
        }
        hasher.finalize().into()
    }
}

/// Converts the column to a type whose values have one encoding each: floats become their bits, so −0 differs from 0.
fn comparable(column: &Column, ty: ColumnType) -> PolarsResult<Column> {
    let name = column.name().clone();
    Ok(match ty {
        ColumnType::F64 => {
            let bits: Vec<Option<u64>> = column.f64()?.iter().map(|value| value.map(f64::to_bits)).collect();
            Column::new(name, bits)
        }
        ColumnType::F32 => {
            let bits: Vec<Option<u32>> = column.f32()?.iter().map(|value| value.map(f32::to_bits)).collect();
            Column::new(name, bits)
        }
        ColumnType::List(_) | ColumnType::Row(_) => to_strings(column, ty)?,
        _ => column.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::row::column;

    const FLOATS: &[Field] = &[column("x", "x", ColumnType::F64, true, "")];

    fn hash(batches: &[&[Option<f64>]]) -> Hash {
        let mut hashes = RowHashes::default();
        for batch in batches {
            let table = DataFrame::new(batch.len(), vec![Column::new("x".into(), *batch)]).expect("a table");
            hashes.add(&table, FLOATS).expect("added");
        }
        hashes.finish(FLOATS)
    }

    #[test]
    fn the_hash_depends_on_the_rows_but_not_on_their_order_or_batches() {
        let one = hash(&[&[Some(1.0), None, Some(2.0), Some(1.0)]]);
        assert_eq!(hash(&[&[Some(2.0), Some(1.0)], &[], &[Some(1.0), None]]), one);
        for other in [
            &[Some(1.0), None, Some(2.0)][..],
            &[Some(1.0), None, Some(2.0), Some(2.0)],
            &[Some(1.0), Some(0.0), Some(2.0), Some(1.0)],
        ] {
            assert_ne!(hash(&[other]), one);
        }
        assert_ne!(hash(&[&[Some(0.0)]]), hash(&[&[Some(-0.0)]]), "−0 is another number");
        assert_ne!(hash(&[&[Some(1.0); 2]]), hash(&[&[Some(1.0); 4]]));
    }
}
