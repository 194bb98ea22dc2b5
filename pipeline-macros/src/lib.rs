//! The macros of `skipstone`, which re-exports them.
//!
//! Each macro is a folder with the same steps: `parse` reads tokens into a `model`, `check` validates the model, and
//! `expand` generates code. The steps are plain functions over `proc_macro2` and are tested without a compiler. Apart
//! from public items of `skipstone`, expansions refer only to `::skipstone::__private`. They contain no `unsafe` and
//! cause no warnings of their own.
//!
//! Setting `PIPELINE_DEBUG_MACRO=name` in the environment of a build prints the formatted expansion of the task,
//! scenario or row type with that name (`*` for all) to stderr.

mod caret;
mod case;
mod category;
mod commit;
mod debug;
mod diagnostics;
mod docs;
mod krate;
mod newtype;
mod owned;
mod packages;
mod row;
mod scenario;
mod task;
mod type_text;

use proc_macro::TokenStream;

/// Makes a function a task, which [`scenario!`] can call and the runtime can skip.
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
/// * **Parameters** are owned values, whose type must be `Clone`, or shared references. A `&str` reads a `String`
///   node, a `&[T]` reads a `Vec<T>` node, and a `&Path` reads a `PathBuf` node. Parameter names are part of the wiring: [`scenario!`] uses them to find
///   swapped arguments, and cache keys contain them.
/// * **The result** is a value, a tuple of values (one node each), or a `Result` of either. The error is any type that
///   converts into `Box<dyn Error + Send + Sync>`: your own error type, `String`, `anyhow::Error`.
/// * **Values** must be storable: `Serialize + DeserializeOwned`, or a type of this library such as `Frame` and `File`.
/// * A task must be a **function of its parameters**: other data that it reads (the clock, the environment, a file
///   named by a plain string) is not part of its cache key.
///
/// The macro also generates a type with the name of the function, which [`scenario!`] looks for. Therefore no module,
/// struct or trait of that name can exist in the same module.
///
/// # Options
///
/// * `skippable`: the call is skipped if its result is stored already. The cache key of the result includes the code:
///   the function and everything in the package that it reaches.
/// * `version = "…"`: replaces the code in the cache key. Stored results stay valid when the code is edited, until the
///   version changes. Use it for code that changes often without changing its results.
/// * `name = "shop::score"`: the task's name in cache keys, instead of the path of its function. A function that was
///   renamed or moved remains the same task, with its history, if `name` is its old path. Its code is still part of the
///   cache key, including the modules around it; with a `version`, the stored results stay valid. Two tasks of a
///   program can't have the same name.
/// * `ignore(parameter, …)`: leaves these parameters out of the cache key. Use it for a log level, for example. The
///   library does not check that the result is independent of them.
/// * `effects` (with `skippable`): the function has side effects, such as sending an email. It is never called only to
///   check a stored result (`Submit::recheck`).
/// * `isolated`: the function is called in its own process. If it aborts, overflows its stack, calls `exit` or is
///   killed because memory ran out, only its job fails; a `timeout` kills the process. The program must begin with
///   `skipstone::executor::init_worker()`, unless it uses the library's command line.
/// * `opaque`: the function is not called on empty tables. Before a run, every function that takes and returns tables
///   is called on tables without rows, so that a missing column is reported at once and not after hours (`check` does
///   only that). Mark a function as `opaque` if it does more than describe a query plan, such as writing files, or if
///   its columns depend on the rows.
/// * `unordered`: the rows of the returned tables have no order and are compared as a multiset. It saves time after a
///   join or a group-by, where keeping the order is costly.
/// * `retries = 3`: the maximum number of retries after a failure. The wait is one second before the first retry and
///   doubles each time, up to a minute. `backoff = "200ms"` sets the first wait.
/// * `timeout = "5m"`: a call that takes longer fails; jobs that depend on it are abandoned, and the others continue. A
///   thread can't be stopped: the function keeps running until it returns, or until it sees at `CancelToken::current()`
///   that its time has run out. Units are `ms`, `s`, `m`, `h` and `d`.
/// * `crate = platform::skipstone`: the path of this library, if another crate re-exports it. A dependency that is renamed
///   in the manifest is found without it. Scenarios and derives have the attribute `#[skipstone(crate = …)]` for it,
///   before the name of the scenario and on the type.
#[proc_macro_attribute]
pub fn task(options: TokenStream, item: TokenStream) -> TokenStream {
    task::task(options.into(), item.into()).into()
}

/// Wires tasks into a scenario, and defines a type for it whose fields are the scenario's data nodes.
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
/// Statements may be in any order.
///
/// * `input name: Type = default;` declares an input with a default value. A string as the default of a path type is a
///   path. Without `= default`, a value must be given when a scenario is created.
/// * `name = task(node, …);` calls a task. Arguments are nodes, by position or as `parameter: node`. A call may mix
///   both, positional arguments first.
/// * `(a, b) = task(…);` makes a node of each element of a tuple.
/// * Doc comments on statements describe the nodes.
/// * `#[kpi(better = higher, unit = "€")]` before a call makes its output a KPI: a number that every run records and
///   that runs are compared by. `field = name` selects a field of a struct or of a table with one row. `node = name`
///   selects one of several outputs. A call may have several KPIs.
/// * `#[secret]` before an input keeps its values from being printed, logged or stored. Each run must be given a value,
///   by the settings of the program or with `with_value`.
/// * `#[migrate(function)]` before an input converts values that were stored when the input had another type. The
///   function takes that type, and returns the current type or a `Result` of it.
///
/// An input that no task reads causes a warning. So does an output that no task reads if other outputs of its call are
/// read. `#[allow(unused)]` before the statement turns the warning off, and `#[allow(deprecated)]` the one about a
/// deprecated task. All other outputs that no task reads are the scenario's results.
///
/// # Wiring in a file
///
/// `scenario!(pub Scaling from "scenario.toml");` reads the statements from a TOML file in the folder of the package or
/// next to the source file: `[inputs.NAME]`, `[[tasks]]` and `[outputs.NAME]`. It defines the same type, and the
/// compiler finds the same mistakes and shows their place in the file. Names of types and functions resolve as at the
/// place of the macro; the path of a function of the same crate may begin with the crate's name. The scenario is
/// recompiled when the file changes.
///
/// # Required inputs
///
/// If a scenario has inputs without a default, the macro defines a struct for them, which is needed to create it:
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
/// | `i8` to `i128`, `u8` to `u64` | `-12` | a number; beyond `i64` and `u64` a string |
/// | `f32`, `f64` | `0.5`, `inf` | a number; a string if it is not finite |
/// | `String` | unchanged | a string |
/// | `Vec<u8>`: bytes | `00ff`, two hexadecimal digits per byte | that string |
/// | `Decimal<2>`: exact, with two digits after the point | `12.50` | that string |
/// | `jiff::civil::Date`, `Time`, `DateTime` | `2026-12-31`, `23:59:59.5`, `2026-12-31T23:59:59` | that string |
/// | `jiff::Timestamp`: a point in time | `2026-12-31T23:59:59Z` | that string |
/// | `jiff::Zoned`: the same, in a time zone | `2026-12-31T23:59:59+01:00[Europe/Berlin]` | that string |
/// | `jiff::SignedDuration` | `PT1H30M` | that string |
/// | an enum with `#[derive(Category)]` | its name | that string |
/// | `Vec` of these | as JSON | an array |
/// | another row type | as JSON | an object |
/// | a newtype of one of these with `#[derive(ColumnValue)]` | like that type | like that type |
///
/// Times in columns have a resolution of a microsecond (`Time`: a nanosecond). A finer time is an error; it is not
/// rounded.
///
/// Each field becomes a column. In a column of type `Option`, values may be missing. For each column, the struct gets a
/// constant with the column's name, so that a misspelt column does not compile.
///
/// * `#[row(rename_all = "…")]` on the struct: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`,
///   `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case` or `SCREAMING-KEBAB-CASE`.
/// * `#[row(rename = "…")]` on a field.
/// * `#[row(zone = "Europe/Berlin")]` on a field of `jiff::Zoned`: the time zone of the column.
/// * `#[row(key)]` on the fields that together identify a row: tables are compared by them.
/// * `#[row(flatten)]` on a field of another row type: its columns become columns of this table.
/// * `#[row(view_of = Order)]` on the struct: it has some of the columns of `Order`, and a task that takes it reads
///   only tables of `Order`. Without it, a task may take any table that has the columns.
/// * `#[row(hive)]` on a field: its value is not in the file but in its path, in a folder such as `year=2026`.
/// * `#[row(path = "name")]` on a field: its value is the name of the file. `"stem"` is the name without the extension,
///   `"folder"` is the name of its folder, and a pattern such as `"sales-{}.csv"` matches the part of the path at `{}`.
/// * `#[csv(missing = ["-", "?"])]` on the struct: the strings that stand for a missing value in CSV files, instead of
///   the default ones.
/// * `#[csv(short_lines = "filled")]` on the struct: a line of a CSV file with fewer fields than the header is filled
///   up with missing values. Without it, such a line is rejected.
/// * `#[csv(…)]` on the struct, for other formats of CSV files: `separator = ";"`, `quote = "'"`, `decimal = ","`,
///   `thousands = "."` (between groups of three digits), `encoding = "latin-1"` (read as Windows-1252) or `"utf-16"`,
///   `comment = "#"` (the first character of comment lines), `skip_lines = 2` (before the header), `header = false`
///   (the columns are those of the struct, in its order), and formats of
///   [`strptime`](https://docs.rs/jiff/latest/jiff/fmt/strtime/): `date = "%d.%m.%Y"`, `time = "%H.%M"`,
///   `datetime = "%d.%m.%Y %H:%M"`.
/// * `#[excel(sheet = "Rates", skip_rows = 2)]` on the struct: the sheet of a spreadsheet (by default the first), and
///   the number of rows to skip before its header.
#[proc_macro_derive(Row, attributes(row, csv, excel, skipstone))]
pub fn derive_row(input: TokenStream) -> TokenStream {
    row::derive(input.into()).into()
}

/// Implements `Category` for an enum: a column of it holds only the names of the variants.
///
/// * `#[category(rename_all = "…")]` on the enum: one of the cases of [`Row`].
/// * `#[category(rename = "…")]` on a variant.
#[proc_macro_derive(Category, attributes(category, skipstone))]
pub fn derive_category(input: TokenStream) -> TokenStream {
    category::derive(input.into()).into()
}

/// Lets a newtype such as `struct CustomerId(i64);` be a field of a row type. Its column has the type of the inner
/// value.
#[proc_macro_derive(ColumnValue, attributes(skipstone))]
pub fn derive_column_value(input: TokenStream) -> TokenStream {
    newtype::derive(input.into()).into()
}
