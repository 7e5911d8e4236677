//! Where IS DISTINCT FROM ends: the parser takes all that follows for its right side, AND and OR included.
//!
//! ```text
//!   x AND a IS DISTINCT FROM b OR c      is parsed as    AND(x, DISTINCT(a, OR(b, c)))
//!                                        and means       OR(AND(x, DISTINCT(a, b)), c)
//! ```
//!
//! So the connectives of such an expression are put in a row and read again, NOT before AND before OR. What stands in
//! parentheses is one operand. Expressions without such a right side are left as they are.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value};

use crate::walk::{self, Step, Tree};

/// Puts every IS DISTINCT FROM right.
pub(super) fn reassociate(node: &mut impl Tree) {
    let misread = |expr: &Expr| match expr {
        Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right) => is_connective(right),
        _ => false,
    };
    if !walk::any_expr(node, misread) {
        return;
    }
    // From the outside in: the outermost one has all that belongs to it.
    walk::change(node, |step| {
        if let Step::BeforeExpr(expr) = step
            && is_root(expr)
        {
            let mut row = Row::default();
            row.add(std::mem::replace(expr, Expr::value(Value::Null)));
            *expr = row.read();
        }
    });
}

fn is_root(expr: &Expr) -> bool {
    is_connective(expr)
        || matches!(expr, Expr::IsDistinctFrom(..) | Expr::IsNotDistinctFrom(..))
        || matches!(expr, Expr::UnaryOp { op: UnaryOperator::Not, .. })
}

fn is_connective(expr: &Expr) -> bool {
    matches!(expr, Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or, .. })
}

/// Operands, each with the number of NOTs before it, and the connectives between them.
#[derive(Default)]
struct Row {
    operands: Vec<(usize, Expr)>,
    connectives: Vec<BinaryOperator>,
    negations: usize,
}

impl Row {
    fn add(&mut self, expr: Expr) {
        match expr {
            Expr::BinaryOp { left, op: op @ (BinaryOperator::And | BinaryOperator::Or), right } => {
                self.add(*left);
                self.connectives.push(op);
                self.add(*right);
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
                self.negations += 1;
                self.add(*expr);
            }
            Expr::IsDistinctFrom(left, right) => self.compare(left, *right, Expr::IsDistinctFrom),
            Expr::IsNotDistinctFrom(left, right) => self.compare(left, *right, Expr::IsNotDistinctFrom),
            other => self.operands.push((std::mem::take(&mut self.negations), other)),
        }
    }

    /// The right side ends at its first connective.
    fn compare(&mut self, left: Box<Expr>, right: Expr, of: fn(Box<Expr>, Box<Expr>) -> Expr) {
        let first = self.operands.len();
        self.add(right);
        let (_, operand) = &mut self.operands[first];
        let right = std::mem::replace(operand, Expr::value(Value::Null));
        *operand = of(left, Box::new(right));
    }

    /// Reads the row: AND binds closer than OR, and both from left to right.
    fn read(self) -> Expr {
        let join = |left: Expr, op: BinaryOperator, right: Expr| Expr::BinaryOp {
            left: Box::new(left),
            op,
            right: Box::new(right),
        };
        let mut operands = self.operands.into_iter().map(|(negations, operand)| {
            (0..negations).fold(operand, |expr, _| Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(expr) })
        });
        let mut whole: Option<Expr> = None;
        let mut part = operands.next().expect("a row has an operand");
        for (op, operand) in self.connectives.into_iter().zip(operands) {
            if op == BinaryOperator::And {
                part = join(part, op, operand);
                continue;
            }
            let done = std::mem::replace(&mut part, operand);
            whole = Some(match whole {
                None => done,
                Some(whole) => join(whole, BinaryOperator::Or, done),
            });
        }
        match whole {
            None => part,
            Some(whole) => join(whole, BinaryOperator::Or, part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Expr, reassociate, walk};
    use crate::grammar;

    fn parsed(text: &str) -> Expr {
        let mut expr = grammar::expr(text).expect("the text is an expression");
        reassociate(&mut expr);
        expr
    }

    #[test]
    fn a_right_side_ends_at_its_first_connective() {
        for (text, meant) in [
            ("x AND a IS DISTINCT FROM b OR c", "(x AND (a IS DISTINCT FROM b)) OR c"),
            (
                "a IS NOT DISTINCT FROM b AND c IS DISTINCT FROM d AND e",
                "((a IS NOT DISTINCT FROM b) AND (c IS DISTINCT FROM d)) AND e",
            ),
            ("NOT a IS DISTINCT FROM b AND NOT c", "(NOT (a IS DISTINCT FROM b)) AND (NOT c)"),
            ("a IS DISTINCT FROM (b AND c)", "a IS DISTINCT FROM (b AND c)"),
        ] {
            assert_eq!(without_parentheses(parsed(text)), without_parentheses(parsed(meant)), "{text}");
        }
    }

    fn without_parentheses(mut expr: Expr) -> Expr {
        walk::change_exprs(&mut expr, |expr| {
            if let Expr::Nested(inner) = expr {
                *expr = Expr::clone(inner);
            }
        });
        expr
    }
}
