//! The macros behind `pipeline-core`, which re-exports them.
//!
//! Each macro is a folder with the same steps: `parse` reads tokens into a `model`, `check` finds
//! what is wrong with it, `expand` writes the code. The steps are plain functions over
//! `proc_macro2` and are tested without a compiler. Expansions name nothing but
//! `::skipstone::__private`, contain no `unsafe` and raise no warning of their own.
//!
//! `PIPELINE_DEBUG_MACRO=name` in the environment of a build prints the expansion of the task,
//! scenario or row type with that name (`*` for all), formatted, on stderr.

mod case;
mod category;
mod commit;
mod debug;
mod diagnostics;
mod docs;
mod newtype;
mod row;
mod scenario;
mod task;
mod type_text;

use proc_macro::TokenStream;

/// Makes a function a task: something that [`scenario!`] can call and the runtime can skip.
///
/// ```
/// use skipstone::task;
///
/// /// Multiplies every value.
/// #[task(skippable)]
/// pub fn scale(values: &[f64], factor: f64) -> Vec<f64> {
///     values.iter().map(|value| value * factor).collect()
/// }
///
/// assert_eq!(scale(&[1.0, 2.0], 3.0), [3.0, 6.0]); // still an ordinary function
/// ```
///
/// # The contract
///
/// * **Parameters** are owned values (then `Clone`) or shared references. A `&str` reads a `String`
///   node, a `&[T]` reads a `Vec<T>` node. Parameter names are part of the wiring: [`scenario!`]
///   finds swapped arguments by them, and result keys contain them.
/// * **The result** is a value, a tuple of values (one node each), or a `Result` of either. The error is
///   any type that converts into `Box<dyn Error + Send + Sync>`: an error of your own, `String`,
///   `anyhow::Error`.
/// * Everything that is passed must be storable: `Serialize + DeserializeOwned`, or a type of
///   `pipeline-core` such as `Frame` and `File`.
/// * A task must be a **function of its parameters**: what it reads from elsewhere (the clock, the
///   environment, a file named by a plain string) is not part of the key of its result.
///
/// Beside the function the macro makes a type of the same name, which is what [`scenario!`] looks for; so
/// there can be no module, struct or trait of that name in the same place.
///
/// # Options
///
/// * `skippable`: the function need not be called when its result is known. Its code is part of what the
///   result is known by: the function and everything in the package that it reaches.
/// * `version = "…"`: stands for the code instead. Results stay known whatever is edited, until the version
///   is: for code that changes often and whose results do not.
/// * `name = "shop::score"`: the task's name in keys, instead of the path of its function. A function that was renamed or moved
///   stays the same task, with its history, if it gets its old path as its name. Its code still counts, and that includes the
///   modules around it; a `version` keeps the results known. Two tasks of a program can't have the same name.
/// * `ignore(parameter, …)`: these parameters are not part of what a result is known by. For a log level;
///   nothing checks that the result does not depend on it.
/// * `effects` (with `skippable`): the function does something besides making its result, such as sending a mail. It is
///   never called only to check a known result (`Submit::recheck`).
/// * `isolated`: the function is called in a process of its own. If it aborts, overflows its stack, calls `exit` or is ended
///   because memory ran out, its job fails and nothing else; a `timeout` ends it. The program begins with
///   `skipstone::executor::init_worker()`, unless it has the library's command line.
/// * `opaque`: the function is not called on empty tables. Before anything runs, a function that takes and returns tables is
///   called on tables without rows, so that a missing column is told at once and not after hours (`check` does only that). One
///   that does more than describing a plan, such as writing files, is `opaque`; so is one whose columns depend on the rows.
/// * `unordered`: the rows of the tables that the function returns have no order, and are compared as a multiset. Keeping
///   their order costs time where a join or a group-by makes them.
/// * `retries = 3`: a function that fails is called again, up to so often: after a second, then after two,
///   four, up to a minute. `backoff = "200ms"` is another first wait.
/// * `timeout = "5m"`: a call that takes longer has failed; what depends on it is abandoned and the rest goes
///   on. Nothing can stop a thread: the function is left alone until it returns, or sees at
///   `CancelToken::current()` that its time is over. Units are `ms`, `s`, `m`, `h` and `d`.
#[proc_macro_attribute]
pub fn task(options: TokenStream, item: TokenStream) -> TokenStream {
    task::task(options.into(), item.into()).into()
}

/// Wires tasks into a scenario, and makes a type for it whose fields are the scenario's data nodes.
///
/// ```
/// use skipstone::{scenario, task};
///
/// # #[task] fn load(path: &str) -> Vec<f64> { vec![path.len() as f64] }
/// # #[task(skippable)] fn scale(values: &[f64], factor: f64) -> Vec<f64> { values.iter().map(|v| v * factor).collect() }
/// scenario! {
///     /// Loads and scales.
///     pub Scaling {
///         input path: String = "values.txt";
///         input factor: f64 = 2.0;
///
///         values = load(path);
///         scaled = scale(values, factor);
///     }
/// }
/// ```
///
/// # Statements
///
/// They may stand in any order.
///
/// * `input name: Type = default;` is an input with a default value; a text as default of a path
///   type is a path. Without `= default` the value has to be given when a scenario is created.
/// * `name = task(node, …);` calls a task. Arguments are nodes, by position or as
///   `parameter: node`; a call may mix both, positions first.
/// * `(a, b) = task(…);` takes the parts of a tuple as nodes of their own.
/// * Doc comments on statements describe the nodes.
/// * `#[kpi(better = higher, unit = "€")]` before a call makes its output a KPI: a number that every run
///   records and runs are compared by. Of a struct, or of a table of one row, `field = name` says which field;
///   of a call with several outputs, `node = name` which of them. There may be several.
/// * `#[secret]` before an input says that its values are never printed, logged or stored: each run has to be given
///   one, by the settings of the program or with `with_value`.
/// * `#[migrate(function)]` before an input says what becomes of a value that was written when the input had
///   another type: a function from that type to the one it has now, or to a `Result` with it.
///
/// An input that no task reads is warned about, and so is an output that no task reads while others of
/// its call are read; `#[allow(unused)]` before the statement says that it is meant. Outputs that
/// nothing reads otherwise are the scenario's results.
///
/// # Wiring in a file
///
/// `scenario!(pub Scaling from "scenario.toml");` takes the statements from a TOML file, in the folder of the package or
/// beside the source: `[inputs.NAME]`, `[[tasks]]` and `[outputs.NAME]`. It makes the same type, and the compiler finds the
/// same mistakes, with their place in the file. Types and functions are named as at the place of the macro, functions of
/// its own crate also by the crate's name. A change of the file compiles it again.
///
/// # Required inputs
///
/// A scenario with inputs that have no default gets a struct for them, and creating it takes one:
///
/// ```
/// # use skipstone::{Store, scenario, task, testing};
/// # #[task(skippable)] fn words(text: &str) -> usize { text.split(' ').count() }
/// scenario! {
///     pub Words {
///         input text: String;
///         words = words(text);
///     }
/// }
///
/// # let store = testing::store();
/// let scenario = Words::create(&store, "first", WordsInputs { text: "to be or not".into() })?;
/// scenario.submit()?;
/// assert_eq!(scenario.words.read()?, 4);
/// # Ok::<(), skipstone::Error>(())
/// ```
#[proc_macro]
pub fn scenario(input: TokenStream) -> TokenStream {
    let build = scenario::Build { commit: commit::checked_out(), sources: skipstone_fingerprint::sources() };
    scenario::scenario(input.into(), &build).into()
}

/// Makes a struct the row type of a table: its fields are the columns.
///
/// ```
/// use skipstone::Row;
///
/// #[derive(Row)]
/// #[row(rename_all = "PascalCase")]
/// struct Customer {
///     #[row(rename = "ID")]
///     id: String,
///     amount: Option<f64>, // may be missing
/// }
///
/// assert_eq!(Customer::ID, "ID");
/// assert_eq!(Customer::AMOUNT, "Amount");
/// ```
///
/// Fields may be:
///
/// | type | in CSV files and as text | in JSON |
/// | --- | --- | --- |
/// | `bool` | `true` | `true` |
/// | `i8` to `i128`, `u8` to `u64` | `-12` | a number; beyond `i64` and `u64` a text |
/// | `f32`, `f64` | `0.5`, `inf` | a number; what is not finite a text |
/// | `String` | as it is | a text |
/// | `Vec<u8>`: bytes | `00ff`, two digits for each | that text |
/// | `Decimal<2>`: exact, with two digits after the point | `12.50` | that text |
/// | `jiff::civil::Date`, `Time`, `DateTime` | `2026-12-31`, `23:59:59.5`, `2026-12-31T23:59:59` | that text |
/// | `jiff::Timestamp`: a point in time | `2026-12-31T23:59:59Z` | that text |
/// | `jiff::Zoned`: the same, in a time zone | `2026-12-31T23:59:59+01:00[Europe/Berlin]` | that text |
/// | `jiff::SignedDuration` | `PT1H30M` | that text |
/// | an enum under `#[derive(Category)]` | its name | that text |
/// | `Vec` of these | as JSON | a list |
/// | another row type | as JSON | an object |
/// | a struct around one of these under `#[derive(ColumnValue)]` | as that | as that |
///
/// Times of columns are to the microsecond (`Time`: to the nanosecond); a finer one is an error, not rounded.
///
/// Each field becomes a column; `Option` says that values may be missing. For each column the struct
/// gets a constant with the column's name, so that a misspelt column does not compile.
///
/// * `#[row(rename_all = "…")]` on the struct: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`,
///   `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case` or `SCREAMING-KEBAB-CASE`.
/// * `#[row(rename = "…")]` on a field.
/// * `#[row(zone = "Europe/Berlin")]` on a field of `jiff::Zoned`: the time zone in which its column has points in time.
/// * `#[row(key)]` on fields that say together which row is which: tables are compared by them.
/// * `#[row(flatten)]` on a field of another row type: its columns are columns of this table.
/// * `#[row(view_of = Order)]` on the struct: it has some of the columns of `Order`, and a task that takes it reads tables of
///   `Order` alone. Without it, a task may take any table that has the columns.
/// * `#[row(hive)]` on a field: its value is not in the file but in its path, in a folder called `year=2026`.
///   `#[row(path = "name")]`, `"stem"` (without the ending), `"folder"` (that the file is in), or a text such as
///   `"sales-{}.csv"`: what is in its path in place of `{}`.
/// * `#[csv(missing = ["-", "?"])]` on the struct: the words for a missing value in CSV files, in place of the usual ones.
/// * `#[csv(short_lines = "filled")]` on the struct: a line of a CSV file with fewer fields than the header has missing
///   values in their place; without it, such a line is refused.
/// * `#[csv(…)]` for files that are written otherwise: `separator = ";"`, `quote = "'"`, `decimal = ","`, `thousands = "."`
///   (between groups of three digits), `encoding = "latin-1"` (with the letters of Windows-1252) or `"utf-16"`, `comment = "#"` for
///   lines that are none of the table, `skip_lines = 2` before the header, `header = false` (the columns are those of the struct, in
///   its order), and formats of [`strptime`](https://docs.rs/jiff/latest/jiff/fmt/strtime/): `date = "%d.%m.%Y"`,
///   `time = "%H.%M"`, `datetime = "%d.%m.%Y %H:%M"`.
/// * `#[excel(sheet = "Rates", skip_rows = 2)]` on the struct: the sheet of a spreadsheet, if it is not the first, and how many rows
///   stand before its header.
#[proc_macro_derive(Row, attributes(row, csv, excel))]
pub fn derive_row(input: TokenStream) -> TokenStream {
    row::derive(input.into()).into()
}

/// Makes an enum a closed set of names for columns: `Category`.
///
/// * `#[category(rename_all = "…")]` on the enum: the cases of [`Row`].
/// * `#[category(rename = "…")]` on a variant.
#[proc_macro_derive(Category, attributes(category))]
pub fn derive_category(input: TokenStream) -> TokenStream {
    category::derive(input.into()).into()
}

/// Lets a struct around one value be a field of a row type, with the column of that value: `struct CustomerId(i64);`.
#[proc_macro_derive(ColumnValue)]
pub fn derive_column_value(input: TokenStream) -> TokenStream {
    newtype::derive(input.into()).into()
}
