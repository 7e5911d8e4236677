//! The grammar that SQL text is parsed by, wherever it comes from: PostgreSQL's, as the parser knows it, but for what is told here.
//!
//! The name of an argument, as in `f(a => 1)`, is an identifier. The parser's own PostgreSQL takes any expression, so that it reads
//! every argument twice to find out: a call within thirty others would never be read.
//!
//! What was parsed is level ([`crate::nesting`]).

use std::any::TypeId;

use datafusion::sql::sqlparser::ast::{Expr, Statement};
use datafusion::sql::sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{TokenWithSpan, Tokenizer};

use crate::{integers, nesting};

/// How deep parentheses may nest.
const PARENTHESES_MAX: usize = 200;

const POSTGRES: PostgreSqlDialect = PostgreSqlDialect {};

/// See the module.
#[derive(Debug)]
pub(crate) struct Grammar;

/// A parser of this grammar, of nothing yet.
pub(crate) fn parser() -> Parser<'static> {
    Parser::new(&Grammar).with_recursion_limit(PARENTHESES_MAX)
}

/// Parses statements. Errors: the parser's, and that they nest too deeply.
pub(crate) fn statements(text: &str) -> Result<Vec<Statement>, ParserError> {
    statements_of(tokens(text)?, text.len())
}

/// Parses statements from their tokens. `bytes`: the length of their text. Errors: as [`statements`].
pub(crate) fn statements_of(tokens: Vec<TokenWithSpan>, bytes: usize) -> Result<Vec<Statement>, ParserError> {
    nesting::check_tokens(&tokens)?;
    nesting::leveled(parser().with_tokens_with_locations(tokens).parse_statements()?, bytes)
}

/// Parses an expression. Errors: the parser's, and that it nests too deeply.
pub(crate) fn expr(text: &str) -> Result<Expr, ParserError> {
    let tokens = tokens(text)?;
    nesting::check_tokens(&tokens)?;
    nesting::leveled(parser().with_tokens_with_locations(tokens).parse_expr()?, text.len())
}

/// The tokens of a text, blanks and comments among them. Errors: the tokenizer's.
pub(crate) fn tokens(text: &str) -> Result<Vec<TokenWithSpan>, ParserError> {
    Ok(integers::read(Tokenizer::new(&Grammar, text).tokenize_with_location()?))
}

/// What PostgreSQL's grammar says.
macro_rules! as_postgres {
    ($($question:ident)*) => {
        $(fn $question(&self) -> bool {
            POSTGRES.$question()
        })*
    };
}

impl Dialect for Grammar {
    fn dialect(&self) -> TypeId {
        TypeId::of::<PostgreSqlDialect>()
    }

    fn supports_named_fn_args_with_expr_name(&self) -> bool {
        false
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        POSTGRES.identifier_quote_style(identifier)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        POSTGRES.is_delimited_identifier_start(ch)
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        POSTGRES.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        POSTGRES.is_identifier_part(ch)
    }

    fn is_custom_operator_part(&self, ch: char) -> bool {
        POSTGRES.is_custom_operator_part(ch)
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        POSTGRES.is_reserved_for_identifier(keyword)
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        POSTGRES.get_next_precedence(parser)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        POSTGRES.prec_value(precedence)
    }

    as_postgres! {
        supports_unicode_string_literal
        supports_filter_during_aggregation
        supports_group_by_expr
        allow_extract_custom
        allow_extract_single_quotes
        supports_create_index_with_clause
        supports_explain_with_utility_options
        supports_listen_notify
        supports_factorial_operator
        supports_bitwise_shift_operators
        supports_comment_on
        supports_load_extension
        supports_named_fn_args_with_colon_operator
        supports_empty_projections
        supports_nested_comments
        supports_string_escape_constant
        supports_numeric_literal_underscores
        supports_array_typedef_with_brackets
        supports_geometric_types
        supports_set_names
        supports_alter_column_type_using
        supports_notnull_operator
        supports_interval_options
        supports_insert_table_alias
        supports_create_table_like_parenthesized
        supports_select_wildcard_with_alias
        supports_comma_separated_trim
        supports_xml_expressions
        supports_comment_optimizer_hint
    }
}

#[cfg(test)]
mod tests {
    use super::{expr, statements};

    #[test]
    fn calls_within_calls_are_read_once() {
        let deep = |depth: usize| format!("{}1{}", "abs(".repeat(depth), ")".repeat(depth));
        expr(&deep(40)).expect("forty calls are not too deep");
        statements(&format!("SELECT {}", deep(40))).expect("forty calls are not too deep");
    }

    #[test]
    fn arguments_have_names() {
        for call in ["f(a => 1)", "f(1, \"B\" => g(c => 2))", "json_object('a' : 1, 'b' : f(2))"] {
            assert_eq!(expr(call).expect("names are had").to_string(), call);
        }
    }
}
