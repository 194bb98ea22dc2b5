//! Scenario files: reading, drafts, saving.

use super::change::{Change, changed};
use super::graphs::GraphView;
use super::request::{Json, Path, State, work};
use crate::live::StudioEvent;
use crate::problem::{FileText, Problem, Problems};
use crate::project::{MAX_FILE_BYTES, Studio, has_scenario_keys};
use axum::extract::{self, RawQuery};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use skipstone::report::picture::picture;
use skipstone::{
    Hash,
    data::{Shape, replace_file},
    graph::{Draft, DraftProblem, SourceText, files_of_default},
};
use std::sync::PoisonError;
use utoipa::ToSchema;

/// A scenario file to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFile {
    /// Its path, relative to the project's directory. Ends in `.toml`.
    path: String,
    /// The name of the scenario type.
    name: String,
    /// The scenario type to copy: `program`, or the path of a file. By default the new file has no inputs or tasks.
    from: Option<String>,
}

/// New content of a scenario file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileContent {
    /// The content.
    text: String,
    /// The hash of the content that was read before.
    base: String,
    /// Whether to overwrite the file even if its content no longer has this hash.
    #[serde(default)]
    overwrite: bool,
}

/// Content of a scenario file that is being edited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDraft {
    /// The file's path.
    path: String,
    /// The content.
    text: String,
    /// A change to apply.
    change: Option<Change>,
}

/// A draft of a scenario file, parsed.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftView {
    /// The content, after the change.
    text: String,
    /// The graph of its valid parts.
    graph: GraphView,
    /// Errors and warnings.
    problems: Vec<ProblemView>,
    /// Whether it can be run.
    runnable: bool,
}

/// An error or warning in a draft.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemView {
    message: String,
    /// The line, counted from 1.
    line: usize,
    /// The column in characters, counted from 1.
    column: usize,
    /// Whether it is only a warning, since it may be intended.
    warning: bool,
    /// The id of the element that it concerns.
    element: Option<String>,
}

impl From<DraftProblem> for ProblemView {
    fn from(problem: DraftProblem) -> ProblemView {
        let node = problem.node.map(|node| format!("node:{node}"));
        ProblemView {
            message: problem.message,
            line: problem.line,
            column: problem.column,
            warning: problem.warning,
            element: node.or_else(|| problem.call.map(|call| format!("call:{call}"))),
        }
    }
}

/// Reads a scenario file.
#[utoipa::path(
    get, path = "/api/files/{*path}", tag = "files", params(("path" = String, Path, description = "The file's path, relative to the project's directory")),
    responses((status = OK, body = FileText), (status = FORBIDDEN, body = Problems), (status = NOT_FOUND, body = Problems))
)]
pub async fn read(
    extract::State(state): extract::State<State>,
    Path(path): Path<String>,
) -> Result<Json<FileText>, Problem> {
    work(&state.studio, move |studio| {
        let text = studio.read(&path)?;
        Ok(Json(FileText::of(&path, text)))
    })
    .await
}

impl Studio {
    /// Fails if `text` has a default that is a file outside of the project, unless `before` has the same default.
    fn check_defaults(&self, path: &str, text: &str, before: &str) -> Result<(), Problem> {
        let read = |text: &str| Draft::read(&SourceText::new(path, text)).outline;
        let previous = read(before);
        for node in read(text).nodes.iter().filter(|node| node.input) {
            let Some(default) = &node.default_text else { continue };
            if previous.nodes.iter().any(|known| {
                known.name == node.name && known.ty == node.ty && known.default_text == node.default_text
            }) {
                continue;
            }
            let mut files = files_of_default(&node.ty, default);
            if node.shape == Shape::Path {
                files.push(default.into());
            }
            if let Some(outside) = files.iter().find(|file| !self.is_inside(file)) {
                return Err(Problem::forbidden(format!(
                    "the default of input `{}` is {}, which is outside of the project: edit the file to set it",
                    node.name,
                    outside.display()
                )));
            }
        }
        Ok(())
    }

    fn write(&self, path: &str, text: &str) -> Result<(), Problem> {
        if text.len() as u64 > MAX_FILE_BYTES {
            return Err(Problem::unusable(format!(
                "the scenario file is larger than {MAX_FILE_BYTES} bytes"
            )));
        }
        let full = self.file(path)?;
        let failed = |error: std::io::Error| Problem::unusable(format!("can't write `{path}`: {error}"));
        if let Some(folder) = full.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        replace_file(&full, |staged| std::fs::write(staged, text)).map_err(failed)?;
        self.live.notify(StudioEvent::File {
            path: path.into(),
            hash: Some(Hash::of(text.as_bytes()).to_string()),
        });
        Ok(())
    }
}

/// Saves a scenario file, unless it was changed on disk since it was read.
#[utoipa::path(
    put, path = "/api/files/{*path}", tag = "files", params(("path" = String, Path, description = "The file's path, relative to the project's directory")),
    request_body = FileContent,
    responses((status = OK, body = FileText), (status = CONFLICT, body = Problems), (status = FORBIDDEN, body = Problems))
)]
pub async fn save(
    extract::State(state): extract::State<State>,
    Path(path): Path<String>,
    Json(saved): Json<FileContent>,
) -> Result<Json<FileText>, Problem> {
    work(&state.studio, move |studio| {
        let _writing = studio.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let disk = FileText::of(&path, studio.read(&path)?);
        if !is_scenario_text(&disk.text) {
            return Err(Problem::forbidden(format!(
                "`{path}` is not a scenario file: it has neither `tasks` nor `inputs`"
            )));
        }
        if disk.hash != saved.base && !saved.overwrite {
            let message = format!("`{path}` was changed on disk after it was read");
            return Err(Problem::conflict("changed_on_disk", message).with_disk(disk));
        }
        if !is_scenario_text(&saved.text) {
            return Err(Problem::forbidden("the new content is not a scenario: it has no `name`".into()));
        }
        studio.check_defaults(&path, &saved.text, &disk.text)?;
        studio.write(&path, &saved.text)?;
        Ok(Json(FileText::of(&path, saved.text)))
    })
    .await
}

/// Whether a file may be a scenario, as opposed to the settings of this or another program.
fn is_scenario_text(text: &str) -> bool {
    match text.parse::<toml_edit::DocumentMut>() {
        Ok(document) => has_scenario_keys(&document),
        // A scenario with syntax errors can still be fixed in the editor.
        Err(_) => text.contains("[[tasks]]") || text.contains("[inputs"),
    }
}

/// Creates a scenario file.
#[utoipa::path(
    post, path = "/api/files", tag = "files", request_body = NewFile,
    responses((status = CREATED, body = FileText), (status = CONFLICT, body = Problems), (status = FORBIDDEN, body = Problems))
)]
pub async fn create(
    extract::State(state): extract::State<State>,
    Json(new): Json<NewFile>,
) -> Result<(StatusCode, Json<FileText>), Problem> {
    work(&state.studio, move |studio| {
        let _writing = studio.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let full = studio.file(&new.path)?;
        if full.symlink_metadata().is_ok() {
            return Err(Problem::conflict(
                "exists",
                format!("the project already has a file `{}`", new.path),
            ));
        }
        let mut document: toml_edit::DocumentMut = match &new.from {
            Some(from) => {
                let graph = studio.graph(Some(from))?;
                let text = graph.to_toml().map_err(|error| Problem::unusable(error.to_string()))?;
                text.parse().map_err(|error| Problem::internal(format!("{error}")))?
            }
            None => toml_edit::DocumentMut::new(),
        };
        document.insert("name", toml_edit::value(new.name.trim()));
        if new.from.is_none() {
            document.insert("tasks", toml_edit::Item::ArrayOfTables(toml_edit::ArrayOfTables::new()));
        }
        let text = document.to_string();
        studio.write(&new.path, &text)?;
        Ok((StatusCode::CREATED, Json(FileText::of(&new.path, text))))
    })
    .await
}

/// Parses a draft of a scenario file, after applying a change if one is given.
///
/// Returns its graph, errors and warnings. Nothing is saved.
#[utoipa::path(
    post, path = "/api/drafts", tag = "files", request_body = NewDraft,
    responses((status = OK, body = DraftView), (status = UNPROCESSABLE_ENTITY, body = Problems))
)]
pub async fn draft(
    extract::State(state): extract::State<State>,
    RawQuery(query): RawQuery,
    Json(new): Json<NewDraft>,
) -> Result<Json<DraftView>, Problem> {
    work(&state.studio, move |studio| {
        studio.file(&new.path)?;
        if new.text.len() as u64 > MAX_FILE_BYTES {
            return Err(Problem::unusable(format!(
                "the scenario file is larger than {MAX_FILE_BYTES} bytes"
            )));
        }
        let text = match &new.change {
            Some(change) => changed(&new.path, &new.text, change)?,
            None => new.text,
        };
        let draft = Draft::read(&SourceText::new(&*new.path, &*text));
        let picture = picture(&draft.outline, &studio.drawing(&new.path, query.as_deref())?);
        let runnable = draft.graph.is_some();
        let problems = draft.problems.into_iter().map(ProblemView::from).collect();
        Ok(Json(DraftView { text, graph: GraphView { ty: new.path, picture }, problems, runnable }))
    })
    .await
}
