//! Checks the expression of a default.

use std::collections::HashSet;
use syn::visit::Visit;
use syn::{Expr, ExprAsync, ExprClosure, ExprReturn, ExprTry, Item};

/// Reports what a default can't contain. `nodes` are the names of all nodes of the scenario.
pub(super) fn check(default: &Expr, nodes: &HashSet<String>, problems: &mut Vec<syn::Error>) {
    let mut names = Vec::new();
    let mut visitor = Visitor { problems, names: &mut names, binds: false };
    visitor.visit_expr(default);
    // A block, a closure or a pattern may bind a variable with that name.
    if visitor.binds {
        return;
    }
    for name in names {
        let text = name.to_string();
        if nodes.contains(text.trim_start_matches("r#")) {
            let message = format!(
                "a default can't use the node `{text}`: write the value, or compute this node with a task that reads `{text}`"
            );
            problems.push(syn::Error::new(name.span(), message));
        }
    }
}

struct Visitor<'a> {
    problems: &'a mut Vec<syn::Error>,
    /// The single lower-case names that are not called.
    names: &'a mut Vec<syn::Ident>,
    binds: bool,
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_expr_return(&mut self, expression: &'ast ExprReturn) {
        let message = "write the value itself: remove `return`";
        self.problems.push(syn::Error::new_spanned(expression.return_token, message));
    }

    fn visit_expr_try(&mut self, expression: &'ast ExprTry) {
        let message = "this value can't fail: use `expect`, or write an input without a default";
        self.problems.push(syn::Error::new_spanned(expression.question_token, message));
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(name) = path.path.get_ident()
            && name.to_string().starts_with(|first: char| first.is_lowercase())
        {
            self.names.push(name.clone());
        }
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        // A function may have the name of a node.
        if !matches!(&*call.func, Expr::Path(_)) {
            self.visit_expr(&call.func);
        }
        call.args.iter().for_each(|argument| self.visit_expr(argument));
    }

    fn visit_pat(&mut self, _: &'ast syn::Pat) {
        self.binds = true;
    }

    // In these, `return` and `?` end something else.
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {
        self.binds = true;
    }

    fn visit_expr_async(&mut self, _: &'ast ExprAsync) {}

    fn visit_item(&mut self, _: &'ast Item) {
        self.binds = true;
    }
}
