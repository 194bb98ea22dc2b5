//! Scenario files: reading, drafts, saving.

use super::change::{Change, changed};
use super::graphs::GraphView;
use super::request::{Json, Path, State, work};
use crate::live::StudioEvent;
use crate::problem::{FileText, Problem, Problems};
use crate::project::{LONGEST, Studio, has_form_of_scenario};
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

/// A scenario file to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFile {
    /// Its path in the project, which ends in `.toml`.
    path: String,
    /// The name of the scenario type.
    name: String,
    /// The scenario type that it begins as a copy of: `program`, or the path of a file. Without one it is empty.
    from: Option<String>,
}

/// A text to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// The text.
    text: String,
    /// The hash of the text that was read before.
    base: String,
    /// Whether a text is overwritten that is another than that.
    #[serde(default)]
    overwrite: bool,
}

/// A text that is written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDraft {
    /// The file that it is for.
    path: String,
    /// The text.
    text: String,
    /// What to change in it.
    change: Option<Change>,
}

/// What a text is as a scenario type.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftView {
    /// The text, changed as it was asked for.
    text: String,
    /// What could be read of it.
    graph: GraphView,
    /// What is wrong with it.
    problems: Vec<ProblemView>,
    /// Whether it can be run.
    runnable: bool,
}

/// Something wrong with a text.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemView {
    message: String,
    /// From 1.
    line: usize,
    /// From 1, in characters.
    column: usize,
    /// Whether it may be meant.
    warning: bool,
    /// The id of the element that it is about.
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

/// A scenario file.
#[utoipa::path(
    get, path = "/api/files/{*path}", tag = "files", params(("path" = String, Path, description = "The file's path in the project")),
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
    /// An error when a text has defaults that are files outside of the project, and `before` has not.
    fn check_defaults(&self, path: &str, text: &str, before: &str) -> Result<(), Problem> {
        let read = |text: &str| Draft::read(&SourceText::new(path, text)).outline;
        let known = read(before);
        for node in read(text).nodes.iter().filter(|node| node.input) {
            let Some(default) = &node.default_text else { continue };
            if known.nodes.iter().any(|known| {
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
                    "the default of input `{}` is {}, which is outside of the project: write it to the file with an editor",
                    node.name,
                    outside.display()
                )));
            }
        }
        Ok(())
    }

    fn write(&self, path: &str, text: &str) -> Result<(), Problem> {
        if text.len() as u64 > LONGEST {
            return Err(Problem::unusable(format!("a scenario file has at most {LONGEST} bytes")));
        }
        let whole = self.file(path)?;
        let failed = |error: std::io::Error| Problem::unusable(format!("can't write `{path}`: {error}"));
        if let Some(folder) = whole.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        replace_file(&whole, |staged| std::fs::write(staged, text)).map_err(failed)?;
        self.live.notify(StudioEvent::File {
            path: path.into(),
            hash: Some(Hash::of(text.as_bytes()).to_string()),
        });
        Ok(())
    }
}

/// Saves a scenario file, if it is on disk as it was read.
#[utoipa::path(
    put, path = "/api/files/{*path}", tag = "files", params(("path" = String, Path, description = "The file's path in the project")),
    request_body = Saved,
    responses((status = OK, body = FileText), (status = CONFLICT, body = Problems), (status = FORBIDDEN, body = Problems))
)]
pub async fn save(
    extract::State(state): extract::State<State>,
    Path(path): Path<String>,
    Json(saved): Json<Saved>,
) -> Result<Json<FileText>, Problem> {
    work(&state.studio, move |studio| {
        let _writing = studio.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let disk = FileText::of(&path, studio.read(&path)?);
        if !is_scenario_text(&disk.text) {
            return Err(Problem::forbidden(format!(
                "`{path}` is no scenario file: it has neither `tasks` nor `inputs`"
            )));
        }
        if disk.hash != saved.base && !saved.overwrite {
            let message = format!("`{path}` was changed on disk since it was read");
            return Err(Problem::conflict("changed_on_disk", message).with_disk(disk));
        }
        if !is_scenario_text(&saved.text) {
            return Err(Problem::forbidden("that is no scenario: it has no `name`".into()));
        }
        studio.check_defaults(&path, &saved.text, &disk.text)?;
        studio.write(&path, &saved.text)?;
        Ok(Json(FileText::of(&path, saved.text)))
    })
    .await
}

/// Whether a text may be that of a scenario, and not the settings of this program or of another.
fn is_scenario_text(text: &str) -> bool {
    match text.parse::<toml_edit::DocumentMut>() {
        Ok(document) => has_form_of_scenario(&document),
        // It may be mended.
        Err(_) => text.contains("[[tasks]]") || text.contains("[inputs"),
    }
}

/// Makes a scenario file.
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
        let whole = studio.file(&new.path)?;
        if whole.symlink_metadata().is_ok() {
            return Err(Problem::conflict(
                "exists",
                format!("the project has a file `{}` already", new.path),
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

/// What a text is as a scenario type, with what is wrong with it; changed before, where that is asked for. Nothing is
/// written.
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
        if new.text.len() as u64 > LONGEST {
            return Err(Problem::unusable(format!("a scenario file has at most {LONGEST} bytes")));
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
