//! Compares two tables in memory that does not grow with them.
//!
//! Each row becomes a hash of its key and a hash of each value, which go to one of many partitions by the key's hash.
//! When the partitions take more memory than allowed, they are appended to files. Rows with the same key are in the
//! same partition, so the partitions are compared one after the other. A second pass finds the rows that are shown.

use super::row::{Cell, Column, ColumnType, Row};
use super::{TableError, columns, sink, text};
use crate::data::{ChangedColumn, ChangedRow, Side, TableDifference};
use polars::prelude::{DataFrame, LazyFrame};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// The number of partitions.
const PARTITIONS: usize = 256;

/// The memory for the partitions of each table, in bytes.
const ROOM: usize = 16 << 20;

/// The number of rows of each kind that are shown.
const EXAMPLES: usize = 5;

/// Returns how the second table differs from the first; both have the columns of `R`. Without keys, rows are the same
/// if all their values are.
pub(super) fn difference<R: Row>(
    first: LazyFrame,
    second: LazyFrame,
    keys: &[String],
) -> Result<TableDifference, TableError> {
    of::<R>(first, second, keys, ROOM)
}

fn of<R: Row>(
    first: LazyFrame,
    second: LazyFrame,
    keys: &[String],
    room: usize,
) -> Result<TableDifference, TableError> {
    let mut layout = Layout::new::<R>(keys)?;
    let mut partitions = [layout.partitions(&first, room)?, layout.partitions(&second, room)?];
    if keys.is_empty() && partitions.iter().all(|partitions| partitions.rows == 1) {
        // The only row of each table is taken for the same row, whatever its values.
        layout.keys.clear();
        partitions = [layout.partitions(&first, room)?, layout.partitions(&second, room)?];
    }
    let mut found = Found { columns: vec![0; R::COLUMNS.len()], ..Found::default() };
    for partition in 0..PARTITIONS {
        let [first, second] =
            [&partitions[0], &partitions[1]].map(|partitions| partitions.read(partition, layout.width()));
        found.compare(&layout, &first?, &second?);
    }
    let examples = layout.examples(first, second, &found)?;
    let changed = R::COLUMNS.iter().zip(&found.columns).filter(|(_, cells)| **cells > 0);
    Ok(TableDifference {
        keys: keys.to_vec(),
        rows: [partitions[0].rows, partitions[1].rows],
        only_first: found.only[0],
        only_second: found.only[1],
        changed: found.changed,
        columns: changed
            .map(|(column, &cells)| ChangedColumn { column: column.name.into(), cells })
            .collect(),
        examples,
    })
}

/// The columns, and which of them are the key.
struct Layout {
    columns: &'static [Column],
    /// Indices of the key columns; all columns if no key was given.
    keys: Vec<usize>,
}

/// The hash of a key.
type Key = (u64, u64);

/// The hashes of a row: of its key, and of each of its values.
struct Line<'a> {
    key: Key,
    cells: &'a [u64],
}

impl Layout {
    fn new<R: Row>(keys: &[String]) -> Result<Layout, TableError> {
        let place = |key: &String| {
            R::COLUMNS.iter().position(|column| column.name == key).ok_or_else(|| {
                TableError::UnknownKeyColumn {
                    row: R::NAME,
                    column: key.clone(),
                    columns: R::COLUMNS.iter().map(|column| column.name).collect::<Vec<_>>().join("`, `"),
                }
            })
        };
        let keys = match keys {
            [] => (0..R::COLUMNS.len()).collect(),
            keys => keys.iter().map(place).collect::<Result<_, _>>()?,
        };
        Ok(Layout { columns: R::COLUMNS, keys })
    }

    /// The number of hashes per row.
    fn width(&self) -> usize {
        2 + self.columns.len()
    }

    /// Returns the batch's values by column.
    fn cells(&self, batch: &DataFrame) -> Result<Vec<Vec<Cell>>, TableError> {
        let cells = |column: &Column| Ok(columns::cells(batch.column(column.name)?, column.ty)?);
        self.columns.iter().map(cells).collect()
    }

    fn key(&self, hashes: &[u64]) -> Key {
        let hash = |seed: u64| {
            let mut hasher = DefaultHasher::new();
            seed.hash(&mut hasher);
            self.keys.iter().for_each(|&column| hashes[column].hash(&mut hasher));
            hasher.finish()
        };
        (hash(1), hash(2))
    }

    fn partitions(&self, plan: &LazyFrame, room: usize) -> Result<Partitions, TableError> {
        let mut partitions = Partitions::new(room);
        let mut hashes = vec![0; self.columns.len()];
        sink::batches(plan.clone(), |batch| {
            let cells = self.cells(&batch)?;
            for row in 0..batch.height() {
                hashes.iter_mut().zip(&cells).for_each(|(hash, column)| *hash = hash_of(&column[row]));
                partitions.add(self.key(&hashes), &hashes)?;
            }
            Ok::<(), TableError>(())
        })?;
        Ok(partitions)
    }

    /// Returns the rows with the chosen keys, formatted for display.
    fn examples(
        &self,
        first: LazyFrame,
        second: LazyFrame,
        found: &Found,
    ) -> Result<Vec<ChangedRow>, TableError> {
        if found.chosen.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows: [BTreeMap<Key, Vec<Vec<String>>>; 2] = Default::default();
        for (rows, plan) in rows.iter_mut().zip([first, second]) {
            let mut hashes = vec![0; self.columns.len()];
            sink::batches(plan, |batch| {
                let cells = self.cells(&batch)?;
                for row in 0..batch.height() {
                    hashes.iter_mut().zip(&cells).for_each(|(hash, column)| *hash = hash_of(&column[row]));
                    let key = self.key(&hashes);
                    if found.chosen.contains_key(&key) {
                        let rows: &mut Vec<Vec<String>> = rows.entry(key).or_default();
                        if rows.len() <= ROWS_OF_A_KEY {
                            let each = cells.iter().zip(self.columns);
                            rows.push(each.map(|(cells, column)| display(&cells[row], column.ty)).collect());
                        }
                    }
                }
                Ok::<(), TableError>(())
            })?;
        }
        let key = |row: &[String]| self.keys.iter().map(|&column| row[column].clone()).collect();
        let mut examples = Vec::new();
        for (chosen, only_in) in &found.chosen {
            let [first, second] =
                [0, 1].map(|side| rows[side].get(chosen).map(Vec::as_slice).unwrap_or_default());
            match only_in {
                Some(side) => {
                    let rows = if *side == Side::First { first } else { second };
                    let row = rows.first().map(|row| key(row)).unwrap_or_default();
                    examples.push(ChangedRow { key: row, cells: Vec::new(), only_in: Some(*side) });
                }
                // Pairs among this many rows are not searched: the key doesn't identify a row.
                None if first.len().max(second.len()) > ROWS_OF_A_KEY => {}
                None => {
                    let [firsts, seconds]: [HashSet<&Vec<String>>; 2] =
                        [first, second].map(|rows| rows.iter().collect());
                    let Some(before) = first.iter().find(|row| !seconds.contains(row)) else { continue };
                    let Some(after) = second.iter().find(|row| !firsts.contains(row)) else { continue };
                    let cells = self.columns.iter().zip(before.iter().zip(after));
                    let cells = cells.filter(|(_, (before, after))| before != after);
                    let cells =
                        cells.map(|(column, (from, to))| (column.name.to_owned(), from.clone(), to.clone()));
                    examples.push(ChangedRow { key: key(before), cells: cells.collect(), only_in: None });
                }
            }
        }
        // A stable order: by kind, then by key.
        examples.sort_by(|a, b| {
            (a.only_in.map(|side| side as u8), &a.key).cmp(&(b.only_in.map(|side| side as u8), &b.key))
        });
        Ok(examples)
    }
}

/// A key with more rows than this has no example of a changed row.
const ROWS_OF_A_KEY: usize = 1_000;

/// The differences.
#[derive(Default)]
struct Found {
    only: [u64; 2],
    changed: u64,
    columns: Vec<u64>,
    /// Keys of rows that are shown, with the side if only one table has them: those with the smallest hashes.
    chosen: BTreeMap<Key, Option<Side>>,
}

impl Found {
    /// Compares one partition of each table.
    fn compare(&mut self, layout: &Layout, first: &[u64], second: &[u64]) {
        let width = layout.width();
        let mut rows: HashMap<Key, [Vec<&[u64]>; 2]> = HashMap::new();
        for (side, partition) in [first, second].into_iter().enumerate() {
            for line in partition.chunks_exact(width) {
                let line = Line { key: (line[0], line[1]), cells: &line[2..] };
                let known = match rows.entry(line.key) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => new.insert(Default::default()),
                };
                known[side].push(line.cells);
            }
        }
        for (key, [mut first, mut second]) in rows {
            // Equal rows with the same key are matched first.
            first.sort_unstable();
            second.sort_unstable();
            let (first, second) = without_common(&first, &second);
            let pairs = first.len().min(second.len());
            for (before, after) in first.iter().zip(&second) {
                let cells = self.columns.iter_mut().zip(before.iter().zip(*after));
                cells.for_each(|(count, (before, after))| *count += u64::from(before != after));
            }
            self.changed += pairs as u64;
            let only = [first.len() - pairs, second.len() - pairs];
            self.only[0] += only[0] as u64;
            self.only[1] += only[1] as u64;
            if pairs > 0 {
                self.choose(key, None);
            } else if only[0] > 0 {
                self.choose(key, Some(Side::First));
            } else if only[1] > 0 {
                self.choose(key, Some(Side::Second));
            }
        }
    }

    fn choose(&mut self, key: Key, only_in: Option<Side>) {
        self.chosen.insert(key, only_in);
        let of_kind = || self.chosen.iter().filter(|(_, other)| **other == only_in);
        if of_kind().count() > EXAMPLES
            && let Some((&last, _)) = of_kind().next_back()
        {
            self.chosen.remove(&last);
        }
    }
}

/// Returns the elements that only one of two sorted lists has.
fn without_common<'a>(first: &[&'a [u64]], second: &[&'a [u64]]) -> (Vec<&'a [u64]>, Vec<&'a [u64]>) {
    let (mut only_first, mut only_second) = (Vec::new(), Vec::new());
    let (mut first, mut second) = (first.iter().peekable(), second.iter().peekable());
    loop {
        match (first.peek(), second.peek()) {
            (Some(a), Some(b)) if a == b => drop((first.next(), second.next())),
            (Some(a), Some(b)) if a < b => only_first.extend(first.next()),
            (Some(_), None) => only_first.extend(first.next()),
            (_, Some(_)) => only_second.extend(second.next()),
            (None, None) => return (only_first, only_second),
        }
    }
}

/// Rows in partitions, some of which may be in files.
struct Partitions {
    buffers: Vec<Vec<u8>>,
    buffered: usize,
    room: usize,
    rows: u64,
    /// The folder for partitions that don't fit in memory; removed on drop.
    folder: Option<PathBuf>,
}

impl Partitions {
    fn new(room: usize) -> Partitions {
        Partitions { buffers: vec![Vec::new(); PARTITIONS], buffered: 0, room, rows: 0, folder: None }
    }

    fn add(&mut self, key: Key, hashes: &[u64]) -> Result<(), TableError> {
        let buffer = &mut self.buffers[(key.0 % PARTITIONS as u64) as usize];
        let before = buffer.len();
        for number in [key.0, key.1].iter().chain(hashes) {
            buffer.extend(number.to_le_bytes());
        }
        self.buffered += buffer.len() - before;
        self.rows += 1;
        if self.buffered > self.room { self.spill().map_err(unwritten) } else { Ok(()) }
    }

    /// Appends every partition to its file.
    fn spill(&mut self) -> io::Result<()> {
        let folder = match &self.folder {
            Some(folder) => folder.clone(),
            None => {
                let name = format!("pipeline-compare-{}", crate::store::unique_name());
                let folder = std::env::temp_dir().join(name);
                // Fails if the folder exists: files left in it would be read as rows.
                fs::create_dir(&folder)?;
                self.folder.insert(folder).clone()
            }
        };
        for (partition, buffer) in
            self.buffers.iter_mut().enumerate().filter(|(_, buffer)| !buffer.is_empty())
        {
            let mut file =
                OpenOptions::new().create(true).append(true).open(folder.join(partition.to_string()))?;
            file.write_all(buffer)?;
            // Release the memory too: another partition may need it.
            *buffer = Vec::new();
        }
        self.buffered = 0;
        Ok(())
    }

    /// Returns the hashes of one partition.
    fn read(&self, partition: usize, width: usize) -> Result<Vec<u64>, TableError> {
        let mut bytes = Vec::new();
        if let Some(folder) = &self.folder {
            match File::open(folder.join(partition.to_string())) {
                Ok(mut file) => drop(file.read_to_end(&mut bytes).map_err(unwritten)?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(unwritten(error)),
            }
        }
        bytes.extend(&self.buffers[partition]);
        let numbers = bytes.chunks_exact(8);
        let numbers: Vec<u64> =
            numbers.map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap_or_default())).collect();
        debug_assert_eq!(numbers.len() % width, 0);
        Ok(numbers)
    }
}

impl Drop for Partitions {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

fn unwritten(source: io::Error) -> TableError {
    TableError::File { path: std::env::temp_dir(), source }
}

fn hash_of(cell: &Cell) -> u64 {
    let mut hasher = DefaultHasher::new();
    match cell {
        Cell::Missing => 0_u8.hash(&mut hasher),
        Cell::Bool(value) => (1_u8, value).hash(&mut hasher),
        Cell::Whole(value) => match i64::try_from(*value) {
            Ok(value) => (3_u8, value).hash(&mut hasher),
            Err(_) => (2_u8, value).hash(&mut hasher),
        },
        Cell::F32(value) => (6_u8, value.to_bits()).hash(&mut hasher),
        Cell::F64(value) => (7_u8, value.to_bits()).hash(&mut hasher),
        Cell::String(value) => (8_u8, value).hash(&mut hasher),
        Cell::Bytes(value) => (9_u8, value).hash(&mut hasher),
        Cell::List(values) => {
            (10_u8, values.len()).hash(&mut hasher);
            values.iter().for_each(|value| hash_of(value).hash(&mut hasher));
        }
    }
    hasher.finish()
}

fn display(cell: &Cell, ty: ColumnType) -> String {
    if *cell == Cell::Missing { "missing".into() } else { text::exact(cell, ty) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Frame;
    use proptest::prelude::*;

    #[derive(crate::Row, Debug, Clone, PartialEq)]
    struct Reading {
        id: i64,
        place: Option<String>,
        value: f64,
    }

    fn reading(id: i64, place: i64, value: i64) -> Reading {
        let place = (place > 0).then(|| format!("place {place}"));
        Reading { id, place, value: value as f64 }
    }

    fn keys(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn compared(first: &[Reading], second: &[Reading], names: &[&str], room: usize) -> TableDifference {
        let plan = |rows: &[Reading]| Frame::from_rows(rows).lazy();
        of::<Reading>(plan(first), plan(second), &keys(names), room).expect("compared")
    }

    #[test]
    fn rows_of_one_side_and_changed_cells_are_reported_with_examples() {
        let first = [reading(1, 1, 10), reading(2, 1, 20), reading(3, 0, 30)];
        let second = [reading(3, 2, 31), reading(1, 1, 10), reading(4, 1, 40)];
        let found = compared(&first, &second, &["id"], ROOM);
        assert_eq!((found.rows, found.only_first, found.only_second, found.changed), ([3, 3], 1, 1, 1));
        let columns: Vec<_> = found.columns.iter().map(|it| (it.column.as_str(), it.cells)).collect();
        assert_eq!(columns, [("place", 1), ("value", 1)]);
        insta::assert_debug_snapshot!(found.examples);

        // Two single rows are compared with each other.
        let found = compared(&first[..1], &second[..1], &[], ROOM);
        assert_eq!((found.only_first, found.only_second, found.changed, found.columns.len()), (0, 0, 1, 3));

        // Without keys, rows are compared by all their values.
        let found = compared(&first, &second, &[], ROOM);
        assert_eq!((found.only_first, found.only_second, found.changed), (2, 2, 0));
        assert!(
            compared(&first, &[first[2].clone(), first[0].clone(), first[1].clone()], &[], ROOM).is_empty()
        );
    }

    #[test]
    fn a_key_that_all_rows_share_takes_no_longer_than_another() {
        // Comparing every pair would take hours.
        let rows = |by: i64| (0..300_000).map(|value| reading(1, 1, value * by)).collect::<Vec<_>>();
        let found = compared(&rows(1), &rows(2), &["id"], ROOM);
        assert_eq!((found.rows, found.only_first, found.only_second), ([300_000; 2], 0, 0));
        assert_eq!(found.changed, 150_000);
        assert!(found.examples.is_empty(), "the key does not show which row became which");
    }

    #[test]
    fn a_key_that_is_not_a_column_is_reported() {
        let plan = || Frame::from_rows(&[reading(1, 1, 1)]).lazy();
        let error = of::<Reading>(plan(), plan(), &keys(&["ID"]), ROOM).expect_err("no such column");
        assert_eq!(
            error.to_string(),
            "`Reading` has no column `ID` to use as a key; its columns are `id`, `place`, `value`"
        );
    }

    /// The expected counts, found by comparing every pair.
    fn expected(first: &[Reading], second: &[Reading]) -> (u64, u64, u64) {
        let (mut only_first, mut only_second, mut changed) = (0, 0, 0);
        for id in 0..6 {
            let of = |rows: &[Reading]| rows.iter().filter(|row| row.id == id).cloned().collect::<Vec<_>>();
            let (mut here, mut there) = (of(first), of(second));
            here.retain(|row| {
                let place = there.iter().position(|other| other == row);
                place.map(|place| there.remove(place)).is_none()
            });
            let pairs = here.len().min(there.len());
            changed += pairs as u64;
            only_first += (here.len() - pairs) as u64;
            only_second += (there.len() - pairs) as u64;
        }
        (only_first, only_second, changed)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// For any tables, also with several rows for one key, in memory or through files.
        #[test]
        fn every_difference_is_found(
            first in proptest::collection::vec((0..6_i64, 0..3_i64, 0..3_i64), 0..12),
            second in proptest::collection::vec((0..6_i64, 0..3_i64, 0..3_i64), 0..12),
            room in prop_oneof![Just(0_usize), Just(100), Just(ROOM)],
        ) {
            let rows = |rows: Vec<(i64, i64, i64)>| -> Vec<Reading> {
                rows.into_iter().map(|(id, place, value)| reading(id, place, value)).collect()
            };
            let (first, second) = (rows(first), rows(second));
            let found = compared(&first, &second, &["id"], room);
            prop_assert_eq!((found.only_first, found.only_second, found.changed), expected(&first, &second));
        }
    }
}
