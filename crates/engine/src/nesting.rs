//! How deep parsed text nests. Whatever walks over it, and over the plans made of it, takes some of the stack for every level; a
//! thread that has no stack left ends the process.
//!
//! ```text
//!   ((a OR b) OR c) OR d  ─▶  (a OR b) OR (c OR d)      long chains of AND, OR and UNION: as deep as their length has bits
//!   ((a + b) + c) + d …   ─▶  refused                   other chains are as deep as they are long: their order has a meaning
//! ```
//!
//! To drop what is too deep takes stack too. So it is cut where it is too deep, and the pieces are cut in turn.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Query, Select, SetExpr, SetOperator, TableFactor, UnaryOperator, Value, Values,
};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::walk::{self, Step, Tree};

/// How deep it may nest: a thread with 8 MB of stack can take that with room to spare.
const DEPTH_MAX: usize = 250;
/// A chain with so many operators is made bushy.
const CHAIN_LONG: usize = 32;
/// A condition may have so many terms: whoever plans it makes a chain of them again.
const TERMS_MAX: usize = 5000;
/// So many parentheses and brackets may be open at a time: hardly more than the parser takes in any case.
const OPEN_MAX: usize = 250;
/// Rows may nest so deep: their text is twice as long for every level.
const ROWS_MAX: usize = 12;
/// A type may have so many dimensions, and a keyword may stand so often behind itself.
const REPEATED_MAX: usize = 64;
/// A level takes at least so many bytes of text, as each `+1` of a sum.
const LEVEL_BYTES: usize = 2;

/// The same with bushy chains. `bytes`: the length of its text.
///
/// Errors: [`ParserError::RecursionLimitExceeded`] if it nests too deeply.
pub(crate) fn leveled<T: Tree>(mut parsed: T, bytes: usize) -> Result<T, ParserError> {
    if bytes / LEVEL_BYTES <= DEPTH_MAX {
        return Ok(parsed);
    }
    let mut cut = Cut::default();
    cut.level(&mut parsed);
    while let Some(piece) = cut.pieces.pop() {
        match piece {
            Piece::Expr(mut expr) => cut.level(&mut *expr),
            Piece::TableFactor(mut factor) => cut.level(&mut *factor),
            Piece::Sets(mut sets) => {
                cut.sets(&mut sets, 0);
                cut.level(&mut *sets);
            }
        }
    }
    if cut.is_deep { Err(ParserError::RecursionLimitExceeded) } else { Ok(parsed) }
}

/// Refuses tokens that the parser would go down with, level by level without an end: parentheses within parentheses, a keyword that
/// takes what the same keyword begins, and types, which are no part of what is walked over.
pub(crate) fn check_tokens(tokens: &[TokenWithSpan]) -> Result<(), ParserError> {
    let (mut open, mut dimensions, mut repeated) = (Vec::<Open>::new(), 0, 0);
    let mut last = Keyword::NoKeyword;
    let mut before = &Token::EOF;
    for token in tokens.iter().map(|token| &token.token).filter(|token| !matches!(token, Token::Whitespace(_))) {
        let mut rows = 0;
        match (token, open.last_mut()) {
            (Token::LParen | Token::LBracket, _) => open.push(Open::behind(before)),
            (Token::Comma, Some(around)) => around.is_row |= around.may_be_row,
            (Token::RParen | Token::RBracket, Some(_)) => {
                let closed = open.pop().expect("it is open");
                rows = closed.rows_within + usize::from(closed.is_row);
                if let Some(around) = open.last_mut() {
                    around.rows_within = around.rows_within.max(rows);
                }
            }
            _ => {}
        }
        before = token;
        match token {
            Token::RBracket => dimensions += 1,
            Token::LBracket | Token::Number(..) => {}
            _ => dimensions = 0,
        }
        match token {
            Token::Word(word) if word.keyword == last && last != Keyword::NoKeyword => repeated += 1,
            // As in ARRAY<ARRAY<INTEGER>>.
            Token::Lt => {}
            Token::Word(word) => (last, repeated) = (word.keyword, 0),
            _ => (last, repeated) = (Keyword::NoKeyword, 0),
        }
        if open.len() > OPEN_MAX || rows > ROWS_MAX || dimensions > REPEATED_MAX || repeated > REPEATED_MAX {
            return Err(ParserError::RecursionLimitExceeded);
        }
    }
    Ok(())
}

/// A parenthesis that is open.
struct Open {
    /// Whether a comma makes it a row.
    may_be_row: bool,
    is_row: bool,
    /// How deep rows nest in it.
    rows_within: usize,
}

impl Open {
    fn behind(before: &Token) -> Open {
        let is_row = matches!(before, Token::Word(word) if word.keyword == Keyword::ROW);
        Open { may_be_row: is_row || !matches!(before, Token::Word(_)), is_row, rows_within: 0 }
    }
}

/// What was too deep.
#[derive(Default)]
struct Cut {
    pieces: Vec<Piece>,
    is_deep: bool,
}

/// A part that was cut off.
enum Piece {
    Expr(Box<Expr>),
    TableFactor(Box<TableFactor>),
    Sets(Box<SetExpr>),
}

impl Cut {
    /// Makes chains bushy, and cuts off what is too deep.
    fn level(&mut self, parsed: &mut impl Tree) {
        let mut depth = 0;
        let mut queries = Vec::new();
        let mut conditions = Conditions::default();
        walk::change(parsed, |step| {
            match step {
                Step::BeforeExpr(expr) => {
                    if depth >= DEPTH_MAX {
                        self.pieces.push(Piece::Expr(Box::new(std::mem::replace(expr, nothing()))));
                    }
                    balance(expr);
                    self.is_deep |= conditions.enter(expr) > TERMS_MAX;
                    depth += 1;
                }
                Step::BeforeTableFactor(factor) => {
                    if depth >= DEPTH_MAX {
                        let nothing = TableFactor::TableFunction { expr: nothing(), alias: None };
                        self.pieces.push(Piece::TableFactor(Box::new(std::mem::replace(factor, nothing))));
                    }
                    depth += 1;
                }
                Step::AfterExpr(_) => {
                    conditions.leave();
                    depth -= 1;
                }
                Step::AfterTableFactor(_) => depth -= 1,
                Step::BeforeQuery(query) => {
                    let levels = self.sets(&mut query.body, depth) + parts(query);
                    queries.push(levels);
                    depth += levels;
                }
                Step::AfterQuery => depth -= queries.pop().expect("a query was believed to begin before it ends"),
                Step::BeforeSelect(select) => depth += joins(select),
                Step::AfterSelect(select) => depth -= joins(select),
            }
            self.is_deep |= depth > DEPTH_MAX;
        });
    }

    /// Makes chains of set operations bushy, and cuts off what is too deep below `depth`. Returns how deep they are.
    fn sets(&mut self, body: &mut SetExpr, depth: usize) -> usize {
        let mut deepest = 0;
        let mut waiting = vec![(body, 0)];
        while let Some((sets, level)) = waiting.pop() {
            balance_sets(sets);
            deepest = deepest.max(level);
            let SetExpr::SetOperation { left, right, .. } = sets else { continue };
            for side in [left.as_mut(), right.as_mut()] {
                match depth + level >= DEPTH_MAX {
                    true => self.pieces.push(Piece::Sets(Box::new(std::mem::replace(side, no_rows())))),
                    false => waiting.push((side, level + 1)),
                }
                self.is_deep |= depth + level >= DEPTH_MAX;
            }
        }
        deepest
    }
}

/// The conditions that a walk is within: what AND, OR, NOT and parentheses make of their terms.
#[derive(Default)]
struct Conditions {
    /// Whether the expressions that the walk is within are parts of a condition.
    parts: Vec<bool>,
    /// How many operators the conditions had so far.
    operators: Vec<usize>,
}

impl Conditions {
    /// Enters an expression. Returns how many terms its condition has so far.
    fn enter(&mut self, expr: &Expr) -> usize {
        let (is_part, has_terms) = match expr {
            Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or, .. } => (true, true),
            Expr::UnaryOp { op: UnaryOperator::Not, .. } | Expr::Nested(_) => (true, false),
            _ => (false, false),
        };
        if is_part && !self.is_within() {
            self.operators.push(0);
        }
        self.parts.push(is_part);
        match self.operators.last_mut() {
            Some(operators) if is_part => {
                *operators += usize::from(has_terms);
                *operators + 1
            }
            _ => 1,
        }
    }

    /// Leaves the expression entered last.
    fn leave(&mut self) {
        if self.parts.pop() == Some(true) && !self.is_within() {
            self.operators.pop();
        }
    }

    fn is_within(&self) -> bool {
        self.parts.last() == Some(&true)
    }
}

/// How deep joins are laid over each other.
fn joins(select: &Select) -> usize {
    select.from.iter().map(|from| 1 + from.joins.len()).sum()
}

/// How deep the parts of WITH may be laid over each other.
fn parts(query: &Query) -> usize {
    query.with.as_ref().map_or(0, |with| with.cte_tables.len())
}

/// Makes a long chain of AND or OR bushy. The terms stay in their order.
fn balance(expr: &mut Expr) {
    let Expr::BinaryOp { op: op @ (BinaryOperator::And | BinaryOperator::Or), .. } = expr else { return };
    let op = op.clone();
    let (mut links, mut at) = (0, &*expr);
    while let Expr::BinaryOp { left, op: next, .. } = at
        && *next == op
    {
        (links, at) = (links + 1, left);
    }
    if links < CHAIN_LONG {
        return;
    }
    let mut terms = Vec::with_capacity(links + 1);
    let mut rest = std::mem::replace(expr, nothing());
    loop {
        match rest {
            Expr::BinaryOp { left, op: next, right } if next == op => {
                terms.push(*right);
                rest = *left;
            }
            first => {
                terms.push(first);
                break;
            }
        }
    }
    let pair = |left, right| Expr::BinaryOp { left: Box::new(left), op: op.clone(), right: Box::new(right) };
    *expr = paired(terms, pair).unwrap_or_else(nothing);
}

/// Makes a long chain of UNION, or UNION ALL, bushy.
fn balance_sets(sets: &mut SetExpr) {
    let SetExpr::SetOperation { op: SetOperator::Union, set_quantifier, .. } = sets else { return };
    let quantifier = *set_quantifier;
    let (mut links, mut at) = (0, &*sets);
    while let SetExpr::SetOperation { left, op: SetOperator::Union, set_quantifier, .. } = at
        && *set_quantifier == quantifier
    {
        (links, at) = (links + 1, left);
    }
    if links < CHAIN_LONG {
        return;
    }
    let mut terms = Vec::with_capacity(links + 1);
    let mut rest = std::mem::replace(sets, no_rows());
    loop {
        match rest {
            SetExpr::SetOperation { left, op: SetOperator::Union, set_quantifier, right }
                if set_quantifier == quantifier =>
            {
                terms.push(*right);
                rest = *left;
            }
            first => {
                terms.push(first);
                break;
            }
        }
    }
    let pair = |left, right| SetExpr::SetOperation {
        left: Box::new(left),
        op: SetOperator::Union,
        set_quantifier: quantifier,
        right: Box::new(right),
    };
    *sets = paired(terms, pair).unwrap_or_else(no_rows);
}

/// Neighbours paired, and the pairs, until there is one. `terms`: the last first.
fn paired<T>(mut terms: Vec<T>, pair: impl Fn(T, T) -> T) -> Option<T> {
    terms.reverse();
    while terms.len() > 1 {
        let mut next = Vec::with_capacity(terms.len().div_ceil(2));
        let mut terms_left = terms.into_iter();
        while let Some(left) = terms_left.next() {
            next.push(match terms_left.next() {
                Some(right) => pair(left, right),
                None => left,
            });
        }
        terms = next;
    }
    terms.pop()
}

/// What stands where something was cut off.
fn nothing() -> Expr {
    Expr::Value(Value::Null.into())
}

fn no_rows() -> SetExpr {
    SetExpr::Values(Values { explicit_row: false, value_keyword: false, rows: Vec::new() })
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::parser::ParserError;

    use crate::grammar::{expr, statements};

    fn is_refused<T>(parsed: Result<T, ParserError>) -> bool {
        matches!(parsed, Err(ParserError::RecursionLimitExceeded))
    }

    /// On a stack as small as threads have.
    fn on_small_stack(work: impl FnOnce() + Send + 'static) {
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work).expect("a thread can be started");
        thread.join().expect("the work is done");
    }

    #[test]
    fn what_is_too_deep_is_refused_and_dropped() {
        on_small_stack(|| {
            let chain = |first: &str, link: &str| format!("{first}{}", link.repeat(20_000));
            for deep in [chain("1", "+1"), chain("1", " IS NULL"), chain("1", "::int"), chain("'{}'", "->'a'")] {
                assert!(is_refused(expr(&deep)), "{}", &deep[..20]);
                assert!(is_refused(statements(&format!("SELECT {deep}"))), "{}", &deep[..20]);
                // Within something else, and in another chain.
                assert!(is_refused(expr(&format!("a OR f(b, {deep})"))), "{}", &deep[..20]);
            }
            for deep in [
                chain("SELECT 1", " EXCEPT SELECT 1"),
                chain("SELECT 1 UNION SELECT 1", " INTERSECT SELECT 1"),
                chain("SELECT * FROM t", ", t"),
                chain("SELECT * FROM t", " CROSS JOIN t"),
                chain("WITH a AS (SELECT 1)", ", b AS (SELECT 1)") + " SELECT 1",
                chain("SELECT 1::int", "[]"),
                chain("SELECT", " INTERVAL") + " '1'",
                chain("SELECT CAST(1 AS ", "ARRAY<") + "INTEGER",
                chain("SELECT CAST(1 AS ", "Nullable(") + "INTEGER",
                chain("SELECT * FROM t", " PIVOT (count(a) FOR b IN ('x'))"),
            ] {
                assert!(is_refused(statements(&deep)), "{}", &deep[..30]);
            }
        });
    }

    #[test]
    fn rows_nest_a_few_levels() {
        let rows = |first: &str, depth: usize, last: &str| format!("{}1{}", first.repeat(depth), last.repeat(depth));
        for (first, last) in [("ROW(", ")"), ("(1, ", ")"), ("(", ", 1)")] {
            assert!(!is_refused(expr(&rows(first, 12, last))), "{first}");
            assert!(is_refused(expr(&rows(first, 13, last))), "{first}");
        }
        assert!(!is_refused(expr(&rows("f(1, ", 100, ")"))));
        assert!(!is_refused(expr(&rows("(", 100, ")"))));
    }

    #[test]
    fn long_chains_of_and_or_and_union_are_had() {
        on_small_stack(|| {
            for (first, link) in
                [("a", " OR b"), ("a", " AND b = 1"), ("f(a)", " OR NOT b"), ("a AND b", " OR a AND b")]
            {
                let text = |count| format!("{first}{}", link.repeat(count));
                assert_eq!(expr(&text(2400)).expect("it is not deep").to_string(), text(2400));
                assert!(is_refused(expr(&text(20_000))), "{first}{link}");
            }
            // Conditions side by side are no deeper.
            let condition = format!("a{}", " AND b".repeat(1000));
            let text = format!("f({}, 1)", vec![condition; 10].join(", "));
            assert_eq!(expr(&text).expect("it is not deep").to_string(), text);
            let text = format!("SELECT 0{}", " UNION ALL SELECT 1".repeat(10_000));
            let parsed = statements(&text).expect("it is not deep");
            assert_eq!(parsed[0].to_string(), text);
        });
    }
}
