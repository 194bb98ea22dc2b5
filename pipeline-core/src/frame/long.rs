//! Long tables, whose columns are in separate files.
//!
//! The files are written at the same time by a few threads, and scanned side by side. Polars reads a part of each file
//! for the number of rows, even if a plan uses none of its columns. So each file has a last column that takes no space.

use super::TableError;
use super::coded::{self, Coder};
use super::columns;
use super::contents::{self, Hashers};
use super::formula;
use super::ipc;
use super::row::{Column, Row};
use super::unchanged;
use crate::data::{
    CodedColumn, ColumnContent, ColumnFile, ColumnWriter, Columns, DataError, KeptColumns, Sink, TableIndex,
    Watch,
};
use crate::store::{Damaged, Hash, PIECE, Pieces};
use polars::io::ipc::BatchedWriter;
use polars::prelude::{Column as Values, *};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

/// The maximum number of files of a table. With more columns, several share a file.
const FILES: usize = 32;

/// The maximum number of writing threads.
const THREADS: usize = 4;

/// Returns the columns of each file. Part of the format: other files change the hashes.
fn files(columns: usize) -> impl Iterator<Item = Range<usize>> {
    let each = columns.div_ceil(FILES).max(1);
    (0..columns).step_by(each).map(move |start| start..(start + each).min(columns))
}

/// Returns the name of the column without values in the file whose first column is `first`.
fn counting(first: &str) -> PlSmallStr {
    format!("{COUNTING}{first}").into()
}

/// The prefix of these names. A table with a column of such a name stays in one file.
const COUNTING: char = '\u{1}';

/// Whether tables of `R` can be in several files.
pub(super) fn can_be_in_files<R: Row>() -> bool {
    !R::COLUMNS.iter().any(|column| column.name.starts_with(COUNTING))
}

/// Returns a plan that reads these columns from the files of a table.
pub(super) fn side_by_side(
    index: &TableIndex,
    wanted: &[Column],
    mut scan: impl FnMut(&ColumnFile) -> Result<LazyFrame, DataError>,
) -> Result<LazyFrame, DataError> {
    let (mut files, mut columns) = (Vec::new(), Vec::new());
    let is_wanted = |name: &String| wanted.iter().any(|column| column.name == name);
    // If no column is wanted, the first file gives the number of rows.
    let only_rows = !index.files.iter().any(|file| file.columns.iter().any(is_wanted));
    for parts in index.files.chunk_by(|one, next| one.columns == next.columns) {
        let counts_rows = only_rows && files.is_empty();
        if !counts_rows && !parts[0].columns.iter().any(is_wanted) {
            continue;
        }
        columns.extend(parts[0].columns.iter().map(|name| col(name.as_str())));
        let mut plans = Vec::new();
        for part in parts {
            plans.push(with_values(part, scan(part)?)?);
        }
        files.push(match plans.len() {
            1 => plans.swap_remove(0),
            _ => concat(plans, UnionArgs::default()).map_err(TableError::from)?,
        });
    }
    let options = HConcatOptions { strict: true, ..HConcatOptions::default() };
    Ok(concat_lf_horizontal(files, options).map_err(TableError::from)?.select(columns))
}

/// Returns a plan that reads a file and decodes its columns.
fn with_values(file: &ColumnFile, scan: LazyFrame) -> Result<LazyFrame, TableError> {
    let (Some(first), false) = (file.columns.first(), file.coded.is_empty()) else { return Ok(scan) };
    let values = file.columns.iter().map(|name| match file.coded.get(name) {
        Some(coded) => coded::decoded(name, coded),
        None => Ok(col(name.as_str())),
    });
    let mut columns = values.collect::<PolarsResult<Vec<Expr>>>()?;
    columns.push(col(counting(first)));
    Ok(scan.select(columns))
}

/// A file whose objects are already in the store.
#[derive(Clone)]
pub(super) struct Known {
    /// The number of rows in them.
    pub(super) rows: u64,
    files: Vec<ColumnFile>,
    /// Whether they were made by the same formula, so that the checks of their values hold for these values.
    pub(super) same_formula: bool,
}

/// Predictions about the columns of a table that a plan makes, before the plan runs.
#[derive(Default)]
pub(super) struct PredictedColumns {
    /// The formula of each column, if it is known.
    formulas: Vec<Option<Hash>>,
    /// The objects that each file already has.
    pub(super) known: Vec<Option<Known>>,
}

impl PredictedColumns {
    pub(super) fn of<R: Row>(plan: &LazyFrame, to: &Columns<'_>) -> Result<PredictedColumns, TableError> {
        // Without a known table, no column has a formula or is passed on unchanged.
        let Columns::Kept(kept @ KeptColumns { tables: [_, ..], .. }) = to else {
            return Ok(PredictedColumns {
                formulas: Vec::new(),
                known: vec![None; files(R::COLUMNS.len()).count()],
            });
        };
        let formula = |column: &Column| formula::of(plan, column, kept.tables, kept.stored_in);
        let formulas: Vec<Option<Hash>> = R::COLUMNS.iter().map(formula).collect();
        let stay =
            |files: &[&ColumnFile]| kept.stay(files).map_err(io::Error::other).map_err(PolarsError::from);
        let known = |columns: Range<usize>| {
            let ([column], [formula]) = (&R::COLUMNS[columns.clone()], &formulas[columns]) else {
                return Ok(None);
            };
            if let Some((rows, files)) =
                formula.as_ref().and_then(|formula| made_by(formula, column.name, kept))
                && stay(&files)?
            {
                return Ok(Some(Known {
                    rows,
                    files: files.into_iter().cloned().collect(),
                    same_formula: true,
                }));
            }
            if let Some((rows, files)) = unchanged::column(plan, column.name, kept.tables, kept.stored_in)
                && stay(&files)?
            {
                return Ok(Some(Known {
                    rows,
                    files: files.into_iter().cloned().collect(),
                    same_formula: false,
                }));
            }
            Ok(None)
        };
        let known = files(R::COLUMNS.len()).map(known).collect::<Result<_, TableError>>()?;
        Ok(PredictedColumns { formulas, known })
    }

    /// Returns the columns that must be computed, in order: all except those that an earlier table has by the same
    /// formula.
    pub(super) fn computed<R: Row>(&self) -> Vec<Column> {
        let computed = files(R::COLUMNS.len()).zip(&self.known).filter(|(_, known)| !is_made(known));
        computed.flat_map(|(columns, _)| &R::COLUMNS[columns]).copied().collect()
    }

    /// Returns the number of rows of the table, if an earlier one has some of its columns.
    pub(super) fn rows(&self) -> Option<u64> {
        self.known.iter().flatten().find(|known| known.same_formula).map(|known| known.rows)
    }

    /// Sets the formula of each column.
    pub(super) fn note<R: Row>(&self, contents: &mut [ColumnContent]) {
        for (column, formula) in R::COLUMNS.iter().zip(&self.formulas) {
            if let Some(content) = contents.iter_mut().find(|content| content.name == column.name) {
                content.formula = *formula;
            }
        }
    }
}

fn is_made(known: &Option<Known>) -> bool {
    known.as_ref().is_some_and(|known| known.same_formula)
}

/// Returns the files of a stored column with this name and formula, and its number of rows.
fn made_by<'a>(formula: &Hash, name: &str, kept: &KeptColumns<'a>) -> Option<(u64, Vec<&'a ColumnFile>)> {
    let has = |content: &ColumnContent| content.name == name && content.formula == Some(*formula);
    let tables = kept.tables.iter().zip(kept.contents);
    let mut made = tables.filter(|(_, contents)| contents.iter().any(has));
    made.find_map(|(table, _)| Some((table.rows, unchanged::own_files(table, name)?)))
}

/// The files of a table that is being written.
pub(super) struct Files<'scope> {
    files: Vec<File>,
    threads: Vec<ScopedJoinHandle<'scope, io::Result<Vec<Written>>>>,
}

/// The file with some of the columns. If they are in the store already, nothing is written; if a column gets more
/// different values than there are codes, another file follows.
struct File {
    columns: &'static [Column],
    known: Option<Known>,
    /// The coders of those columns that have codes.
    coders: Vec<Option<Coder>>,
    /// Created with the first rows, which show which columns have codes.
    writer: Option<BatchedWriter<End>>,
    end: End,
    /// The values that the codes stand for in earlier files.
    before: Vec<Coded>,
    /// Set if several columns share the file.
    hashers: Option<Hashers>,
}

/// The values that codes stand for, by the names of their columns.
type Coded = BTreeMap<String, CodedColumn>;

/// Identifies a file: the position of its columns among the files, and its number among the files with these columns.
type FileId = (usize, usize);

/// A file that was written.
struct Written {
    file: FileId,
    object: Pieces,
    replaced: Option<Damaged>,
}

/// A message to a writing thread.
enum Message {
    /// The next piece of a file.
    Piece(FileId, Vec<u8>),
    /// The end of a file.
    End(FileId),
}

impl<'scope> Files<'scope> {
    /// Starts to write the files of a table with rows of `R`.
    pub(super) fn begin<'env, R: Row>(
        scope: &'scope Scope<'scope, 'env>,
        to: &'env Columns<'env>,
        predicted: &PredictedColumns,
        watch: Watch<'env>,
    ) -> Files<'scope> {
        let files: Vec<Range<usize>> = files(R::COLUMNS.len()).collect();
        let mut threads = Vec::new();
        let mut lines = Vec::new();
        for _ in 0..files.len().min(THREADS) {
            let (send, receive) = sync_channel(4);
            let (give_back, spare) = channel();
            threads.push(scope.spawn(move || write_all(receive, &give_back, to, watch)));
            lines.push((send, Rc::new(spare)));
        }
        let files = files.into_iter().enumerate().map(|(file, columns)| {
            let (send, spare) = lines[file % lines.len()].clone();
            let pipe = Pipe { file: (file, 0), bytes: Vec::with_capacity(PIECE), send, spare };
            let end = End(Rc::new(RefCell::new(pipe)));
            File::begin(&R::COLUMNS[columns], predicted.known[file].clone(), end)
        });
        Files { files: files.collect(), threads }
    }

    /// Adds rows of the columns that must be computed, in canonical form.
    pub(super) fn write(&mut self, batch: &DataFrame) -> PolarsResult<()> {
        let mut columns = batch.columns();
        for file in self.files.iter_mut().filter(|file| !is_made(&file.known)) {
            let (own, others) = columns.split_at(file.columns.len());
            file.write(batch.height(), own)?;
            columns = others;
        }
        Ok(())
    }

    /// Ends the files and writes the index of the table to the sink. If `rows` is an error, nothing is kept and the
    /// error is returned.
    pub(super) fn finish(
        self,
        rows: Result<u64, TableError>,
        sink: &mut Sink<'_>,
    ) -> Result<u64, TableError> {
        let Files { files, threads } = self;
        let ended = rows.and_then(|rows| {
            let ended = files.into_iter().map(|file| file.finish(rows)).collect::<PolarsResult<Vec<_>>>()?;
            Ok((rows, ended))
        });
        let mut written = Vec::new();
        for thread in threads {
            let panicked = |_| Err(io::Error::other("the writing thread panicked"));
            // When a writing thread fails, its pipe breaks: the thread's error is the cause.
            written.extend(thread.join().unwrap_or_else(panicked).map_err(PolarsError::from)?);
        }
        let (rows, mut ended) = ended?;
        written.sort_unstable_by_key(|written| written.file);
        for Written { file: (file, part), object, replaced } in written {
            sink.damaged.extend(replaced);
            let Ended { columns, coded, files, .. } = &mut ended[file];
            let columns = columns.iter().map(|column| column.name.to_owned()).collect();
            files.push(ColumnFile { columns, coded: std::mem::take(&mut coded[part]), object });
        }
        let shared: Vec<ColumnContent> =
            ended.iter_mut().flat_map(|ended| std::mem::take(&mut ended.shared)).collect();
        let index: Vec<ColumnFile> = ended.into_iter().flat_map(|ended| ended.files).collect();
        for file in &index {
            sink.column_objects.push(file.object.hash);
            sink.column_bytes += file.object.bytes;
        }
        sink.contents = contents::of_files(&index, &shared);
        let index = serde_json::to_vec(&TableIndex::new(rows, index)).map_err(io::Error::from);
        index.and_then(|index| sink.write_all(&index)).map_err(PolarsError::from)?;
        Ok(rows)
    }
}

impl File {
    fn begin(columns: &'static [Column], known: Option<Known>, end: End) -> File {
        let coders = columns.iter().map(|column| Coder::of(column.ty)).collect();
        File { columns, known, coders, writer: None, end, before: Vec::new(), hashers: None }
    }

    /// Adds rows of its columns.
    fn write(&mut self, rows: usize, columns: &[Values]) -> PolarsResult<()> {
        if self.known.is_some() {
            return Ok(());
        }
        if self.columns.len() > 1 {
            let hashers = match &mut self.hashers {
                Some(hashers) => hashers,
                None => self.hashers.insert(Hashers::of(self.columns)?),
            };
            hashers.add(rows, columns)?;
        }
        let mut written = Vec::new();
        let mut given_up = BTreeMap::new();
        for ((values, column), coder) in columns.iter().zip(self.columns).zip(&mut self.coders) {
            match coder.as_mut().map(|coder| coder.encode(values)).transpose()?.flatten() {
                Some(bits) => written.extend(bits),
                None => {
                    given_up.extend(coder.take().map(|coder| (column.name.to_owned(), coder.coded())));
                    written.push(values.clone());
                }
            }
        }
        if !given_up.is_empty() && self.writer.is_some() {
            self.end_part(given_up)?;
        }
        written.push(Series::full_null(counting(self.columns[0].name), rows, &DataType::Null).into_column());
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(writer(self.columns, &self.coders, &self.end)?),
        };
        writer.write_batch(&DataFrame::new(rows, written)?)
    }

    /// Ends the file. Others may follow, in which the columns in `given_up` have no codes.
    fn end_part(&mut self, given_up: Coded) -> PolarsResult<()> {
        if let Some(mut writer) = self.writer.take() {
            writer.finish()?;
        }
        self.end.0.borrow_mut().end()?;
        let coders = self.columns.iter().zip(&self.coders);
        let coded =
            coders.filter_map(|(column, coder)| Some((column.name.to_owned(), coder.as_ref()?.coded())));
        self.before.push(coded.chain(given_up).collect());
        Ok(())
    }

    /// Ends the last file of a table with this number of rows.
    fn finish(mut self, rows: u64) -> PolarsResult<Ended> {
        let columns = self.columns;
        if let Some(Known { rows: known, files, .. }) = self.known {
            polars_ensure!(known == rows, ComputeError: "a stored column has {known} rows, but the table has {rows}");
            return Ok(Ended { columns, coded: Vec::new(), files, shared: Vec::new() });
        }
        self.end_part(BTreeMap::new())?;
        let shared = self.hashers.map_or_else(|| Ok(Vec::new()), Hashers::finish)?;
        Ok(Ended { columns, coded: self.before, files: Vec::new(), shared })
    }
}

/// A file without further rows.
struct Ended {
    columns: &'static [Column],
    /// The values that the codes in each of its parts stand for, if these are written now.
    coded: Vec<Coded>,
    /// Its parts whose objects are known.
    files: Vec<ColumnFile>,
    /// The contents of its columns, if several share it.
    shared: Vec<ColumnContent>,
}

/// Creates a writer for these columns, some of which have codes.
fn writer(columns: &[Column], coders: &[Option<Coder>], end: &End) -> PolarsResult<BatchedWriter<End>> {
    let mut schema = Schema::default();
    for (column, coder) in columns.iter().zip(coders) {
        match coder {
            Some(_) => coded::planes(column.name).for_each(|plane| {
                schema.insert(plane.name, plane.dtype);
            }),
            None => {
                schema.insert(column.name.into(), columns::stored_type(column.ty));
            }
        }
    }
    schema.insert(counting(columns[0].name), DataType::Null);
    ipc::writer(end.clone(), &schema)
}

/// Writes pieces until the channel closes.
fn write_all(
    receive: Receiver<Message>,
    give_back: &Sender<Vec<u8>>,
    to: &Columns<'_>,
    watch: Watch<'_>,
) -> io::Result<Vec<Written>> {
    let mut writers: Vec<(FileId, ColumnWriter<'_>)> = Vec::new();
    let mut written = Vec::new();
    for message in receive {
        match message {
            Message::Piece(file, mut piece) => {
                watch.check()?;
                watch.count(piece.len());
                let at = writers.iter().position(|(of, _)| *of == file).unwrap_or_else(|| {
                    writers.push((file, to.writer()));
                    writers.len() - 1
                });
                writers[at].1.add(&piece).map_err(io::Error::other)?;
                piece.clear();
                // Fails when all bytes were sent: the buffer is not needed any more.
                let _ = give_back.send(piece);
            }
            Message::End(file) => {
                let Some(at) = writers.iter().position(|(of, _)| *of == file) else { continue };
                let (object, replaced) = writers.swap_remove(at).1.finish().map_err(io::Error::other)?;
                written.push(Written { file, object, replaced });
            }
        }
    }
    Ok(written)
}

/// Sends a file's bytes to its thread, in pieces.
struct Pipe {
    file: FileId,
    bytes: Vec<u8>,
    send: SyncSender<Message>,
    spare: Rc<Receiver<Vec<u8>>>,
}

impl Pipe {
    fn end(&mut self) -> PolarsResult<()> {
        let rest = std::mem::take(&mut self.bytes);
        if !rest.is_empty() {
            self.send(Message::Piece(self.file, rest))?;
        }
        self.send(Message::End(self.file))?;
        // Further bytes belong to the next file with these columns.
        self.file.1 += 1;
        Ok(())
    }

    fn send(&self, message: Message) -> io::Result<()> {
        self.send.send(message).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// The writing end of a pipe.
#[derive(Clone)]
struct End(Rc<RefCell<Pipe>>);

impl Write for End {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut pipe = self.0.borrow_mut();
        let bytes = &bytes[..bytes.len().min(PIECE - pipe.bytes.len())];
        pipe.bytes.extend_from_slice(bytes);
        if pipe.bytes.len() == PIECE {
            let next = pipe.spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(PIECE));
            let piece = std::mem::replace(&mut pipe.bytes, next);
            pipe.send(Message::Piece(pipe.file, piece))?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
