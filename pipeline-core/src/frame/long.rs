//! Long tables, whose columns are in files of their own.
//!
//! The files are written at once, each on one of a few threads, and scanned side by side. polars reads something of each of
//! them, for the number of rows, also where a plan wants none of its columns: so each has a last column that takes no room.

use super::TableError;
use super::columns;
use super::row::Row;
use crate::data::{ColumnFile, ColumnWriter, Columns, DataError, Sink, TableIndex, Watch};
use crate::store::{Damaged, PIECE, Pieces};
use polars::io::ipc::{BatchedWriter, IpcWriter};
use polars::prelude::*;
use std::cell::RefCell;
use std::io::{self, Write};
use std::ops::Range;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

/// How many files a table has at most. Of more columns, several share one.
const FILES: usize = 32;

/// How many threads write at most.
const THREADS: usize = 4;

/// Which columns each file has. Part of the format: other files give other hashes.
fn files(columns: usize) -> impl Iterator<Item = Range<usize>> {
    let each = columns.div_ceil(FILES).max(1);
    (0..columns).step_by(each).map(move |start| start..(start + each).min(columns))
}

/// The name of the column without values that is in the same file as this one, the first.
fn counting(first: &str) -> PlSmallStr {
    format!("{COUNTING}{first}").into()
}

/// How these names begin. A table with a column of such a name stays in one file.
const COUNTING: char = '\u{1}';

/// Whether tables of `R` can be in several files.
pub(super) fn can_be_in_files<R: Row>() -> bool {
    !R::COLUMNS.iter().any(|column| column.name.starts_with(COUNTING))
}

/// The plan that reads these files.
pub(super) fn side_by_side(
    index: &TableIndex,
    scan: impl FnMut(&ColumnFile) -> Result<LazyFrame, DataError>,
) -> Result<LazyFrame, DataError> {
    let files = index.files.iter().map(scan).collect::<Result<Vec<_>, DataError>>()?;
    let options = HConcatOptions { strict: true, ..HConcatOptions::default() };
    let names = index.files.iter().flat_map(|file| &file.columns);
    let columns: Vec<Expr> = names.map(|name| col(name.as_str())).collect();
    Ok(concat_lf_horizontal(files, options).map_err(TableError::from)?.select(columns))
}

/// The files of a table whose rows are coming.
pub(super) struct Files<'scope> {
    files: Vec<File>,
    threads: Vec<ScopedJoinHandle<'scope, io::Result<Vec<Written>>>>,
}

/// One of the files, on the side of the rows.
struct File {
    columns: Range<usize>,
    writer: BatchedWriter<End>,
    end: End,
}

/// A file that is written.
struct Written {
    file: usize,
    object: Pieces,
    replaced: Option<Damaged>,
}

/// What goes to a thread.
enum Message {
    /// The next piece of a file.
    Piece(usize, Vec<u8>),
    /// A file has no more.
    End(usize),
}

impl<'scope> Files<'scope> {
    /// Begins the files of a table with rows of `R`.
    pub(super) fn begin<'env, R: Row>(
        scope: &'scope Scope<'scope, 'env>,
        to: &'env Columns<'env>,
        watch: Watch<'env>,
    ) -> Result<Files<'scope>, TableError> {
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
            let bytes = Vec::with_capacity(PIECE);
            let end = End(Rc::new(RefCell::new(Pipe { file, bytes, send, spare })));
            let mut schema = schema::<R>(columns.clone());
            schema.insert(counting(R::COLUMNS[columns.start].name), DataType::Null);
            let fields = schema.iter().map(|_| Default::default()).collect();
            let writer = IpcWriter::new(end.clone()).batched(&schema, fields)?;
            Ok(File { columns, writer, end })
        });
        Ok(Files { files: files.collect::<PolarsResult<_>>()?, threads })
    }

    /// Adds rows, in their canonical form.
    pub(super) fn write(&mut self, batch: &DataFrame) -> PolarsResult<()> {
        for file in &mut self.files {
            let mut columns = batch.columns()[file.columns.clone()].to_vec();
            let rows = batch.height();
            columns.push(Series::full_null(counting(columns[0].name()), rows, &DataType::Null).into_column());
            file.writer.write_batch(&DataFrame::new(rows, columns)?)?;
        }
        Ok(())
    }

    /// Ends the files, and writes the index of the table to the sink. If the rows could not be had, nothing stays, and why
    /// is told.
    pub(super) fn finish<R: Row>(
        self,
        rows: Result<u64, TableError>,
        sink: &mut Sink<'_>,
    ) -> Result<u64, TableError> {
        let Files { files, threads } = self;
        let ended = rows.and_then(|rows| {
            for mut file in files {
                file.writer.finish()?;
                file.end.0.borrow_mut().end()?;
            }
            Ok(rows)
        });
        let mut written = Vec::new();
        for thread in threads {
            let panicked = |_| Err(io::Error::other("the writing thread panicked"));
            // When nobody writes any more the pipe is broken: the reason is what counts.
            written.extend(thread.join().unwrap_or_else(panicked).map_err(PolarsError::from)?);
        }
        let rows = ended?;
        written.sort_unstable_by_key(|written| written.file);
        let mut index = Vec::new();
        for (Written { object, replaced, .. }, columns) in
            written.into_iter().zip(self::files(R::COLUMNS.len()))
        {
            sink.column_objects.push(object.hash);
            sink.column_bytes += object.bytes;
            sink.damaged.extend(replaced);
            let columns = R::COLUMNS[columns].iter().map(|column| column.name.to_owned()).collect();
            index.push(ColumnFile { columns, object });
        }
        let index = serde_json::to_vec(&TableIndex::new(rows, index)).map_err(io::Error::from);
        index.and_then(|index| sink.write_all(&index)).map_err(PolarsError::from)?;
        Ok(rows)
    }
}

/// The schema of some columns.
pub(super) fn schema<R: Row>(columns: Range<usize>) -> Schema {
    let columns = R::COLUMNS[columns].iter();
    columns.map(|column| Field::new(column.name.into(), columns::data_type(column.ty))).collect()
}

/// Writes what comes until there is no more.
fn write_all(
    receive: Receiver<Message>,
    give_back: &Sender<Vec<u8>>,
    to: &Columns<'_>,
    watch: Watch<'_>,
) -> io::Result<Vec<Written>> {
    let mut writers: Vec<(usize, ColumnWriter<'_>)> = Vec::new();
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
                // Nobody wants it any more when the last bytes are on their way.
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

/// A file's bytes on their way to its thread, in pieces.
struct Pipe {
    file: usize,
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
        Ok(self.send(Message::End(self.file))?)
    }

    fn send(&self, message: Message) -> io::Result<()> {
        self.send.send(message).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// The end of a pipe at which the bytes go in.
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
