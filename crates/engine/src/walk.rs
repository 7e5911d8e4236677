//! Walks over the parsed text of a statement; the only place that meets sqlparser's visitors.
//!
//! ```text
//!   find_expr, find_query, …   read, from the outside in, until something is found       Reader ─▶ a function called at each node
//!   change, try_change, …      change what they come to, before or after its parts      Changer ─▶ a function called at each node
//! ```
//!
//! sqlparser's visitors are generic: every type of visitor is another copy of the code for all kinds of nodes, some two thousand
//! functions to compile. Hence there are these two types and no other, and what is done at a node is called through a reference.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, ObjectName, Query, Select, TableFactor, Visit, VisitMut, Visitor, VisitorMut,
};

/// Parsed text that can be walked over: a statement, a query, an expression and the like.
pub(crate) trait Tree: Visit + VisitMut {}

impl<T: Visit + VisitMut> Tree for T {}

/// The first thing found among expressions, from the outside in.
pub(crate) fn find_expr<T>(within: &impl Tree, mut find: impl FnMut(&Expr) -> Option<T>) -> Option<T> {
    first(within, |node| match node {
        Node::Expr(expr) => find(expr),
        _ => None,
    })
}

/// The first thing found among queries, from the outside in.
pub(crate) fn find_query<T>(within: &impl Tree, mut find: impl FnMut(&Query) -> Option<T>) -> Option<T> {
    first(within, |node| match node {
        Node::Query(query) => find(query),
        _ => None,
    })
}

/// The first thing found among the names of relations.
pub(crate) fn find_relation<T>(within: &impl Tree, mut find: impl FnMut(&ObjectName) -> Option<T>) -> Option<T> {
    first(within, |node| match node {
        Node::Relation(name) => find(name),
        _ => None,
    })
}

/// The first thing found among expressions that are in no query within this one.
pub(crate) fn find_expr_outside_queries<T>(within: &impl Tree, mut find: impl FnMut(&Expr) -> Option<T>) -> Option<T> {
    let mut depth = 0_usize;
    first(within, |node| {
        match node {
            Node::Query(_) => depth += 1,
            Node::AfterQuery => depth -= 1,
            Node::Expr(expr) if depth == 0 => return find(expr),
            _ => {}
        }
        None
    })
}

/// Looks at everything in FROM.
pub(crate) fn each_table_factor(within: &impl Tree, mut look: impl FnMut(&TableFactor)) {
    first(within, |node| -> Option<()> {
        if let Node::TableFactor(factor) = node {
            look(factor);
        }
        None
    });
}

/// Whether there is such an expression.
pub(crate) fn any_expr(within: &impl Tree, mut is_such: impl FnMut(&Expr) -> bool) -> bool {
    find_expr(within, |expr| is_such(expr).then_some(())).is_some()
}

/// Looks at all expressions, from the outside in.
pub(crate) fn each_expr(within: &impl Tree, mut look: impl FnMut(&Expr)) {
    any_expr(within, |expr| {
        look(expr);
        false
    });
}

/// Changes all expressions, from the inside out.
pub(crate) fn change_exprs(within: &mut impl Tree, mut change_expr: impl FnMut(&mut Expr)) {
    change(within, |step| {
        if let Step::AfterExpr(expr) = step {
            change_expr(expr);
        }
    });
}

/// Changes whatever the walk comes to.
pub(crate) fn change(within: &mut impl Tree, mut at: impl FnMut(Step)) {
    let _ = VisitMut::visit(
        within,
        &mut Changer(&mut |step| {
            at(step);
            ControlFlow::Continue(())
        }),
    );
}

/// Changes whatever the walk comes to, until an error ends it.
pub(crate) fn try_change<E>(within: &mut impl Tree, mut at: impl FnMut(Step) -> Result<(), E>) -> Result<(), E> {
    let mut done = Ok(());
    let _ = VisitMut::visit(
        within,
        &mut Changer(&mut |step| {
            done = at(step);
            if done.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }),
    );
    done
}

/// What a walk that changes comes to: before it goes on to the parts, or when it is through with them.
pub(crate) enum Step<'n> {
    BeforeQuery(&'n mut Query),
    AfterQuery,
    BeforeSelect(&'n mut Select),
    AfterSelect(&'n mut Select),
    BeforeTableFactor(&'n mut TableFactor),
    AfterTableFactor(&'n mut TableFactor),
    BeforeExpr(&'n mut Expr),
    AfterExpr(&'n mut Expr),
}

fn first<T>(within: &impl Tree, mut find: impl FnMut(Node) -> Option<T>) -> Option<T> {
    let mut found = None;
    let _ = Visit::visit(
        within,
        &mut Reader(&mut |node| {
            found = find(node);
            if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }),
    );
    found
}

/// What a walk that reads comes to.
enum Node<'n> {
    Query(&'n Query),
    AfterQuery,
    TableFactor(&'n TableFactor),
    Relation(&'n ObjectName),
    Expr(&'n Expr),
}

struct Reader<'f>(&'f mut dyn FnMut(Node) -> ControlFlow<()>);

impl Visitor for Reader<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        (self.0)(Node::Query(query))
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        (self.0)(Node::AfterQuery)
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        (self.0)(Node::TableFactor(factor))
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
        (self.0)(Node::Relation(name))
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        (self.0)(Node::Expr(expr))
    }
}

struct Changer<'f>(&'f mut dyn FnMut(Step) -> ControlFlow<()>);

impl VisitorMut for Changer<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        (self.0)(Step::BeforeQuery(query))
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        (self.0)(Step::AfterQuery)
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        (self.0)(Step::BeforeSelect(select))
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        (self.0)(Step::AfterSelect(select))
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        (self.0)(Step::BeforeTableFactor(factor))
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        (self.0)(Step::AfterTableFactor(factor))
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        (self.0)(Step::BeforeExpr(expr))
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        (self.0)(Step::AfterExpr(expr))
    }
}
