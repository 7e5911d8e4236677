//! Reads a statement that the parser does not know, token by token.

use datafusion::sql::sqlparser::ast::{Ident, ObjectName};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{is_word, syntax_error_at};
use crate::error::Error;

/// What is left of a statement.
pub(super) struct Reader<'t> {
    pub sql: &'t str,
    pub tokens: &'t [TokenWithSpan],
}

impl Reader<'_> {
    pub fn is_at_end(&self) -> bool {
        self.tokens.iter().all(|token| matches!(token.token, Token::SemiColon | Token::EOF))
    }

    /// 42601 at the token that is next.
    pub fn expected(&self, what: &str) -> Error {
        syntax_error_at(self.sql, self.tokens.first(), what)
    }

    /// Goes on behind this token, if it is next.
    pub fn takes(&mut self, token: &Token) -> bool {
        let is_next = self.tokens.first().is_some_and(|next| next.token == *token);
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }

    /// Goes on behind these words, if they are next.
    pub fn takes_words(&mut self, words: &[&str]) -> bool {
        let are_next =
            self.tokens.len() >= words.len() && words.iter().zip(self.tokens).all(|(word, token)| is_word(token, word));
        if are_next {
            self.tokens = &self.tokens[words.len()..];
        }
        are_next
    }

    pub fn name(&mut self, what: &str) -> Result<Ident, Error> {
        match self.tokens.split_first() {
            Some((TokenWithSpan { token: Token::Word(word), span }, rest)) => {
                self.tokens = rest;
                Ok(word.clone().into_ident(*span))
            }
            _ => Err(self.expected(what)),
        }
    }

    /// `schema.name`. `what`: what it is the name of.
    pub fn dotted_name(&mut self, what: &str) -> Result<ObjectName, Error> {
        let mut parts = vec![self.name(what)?];
        while self.takes(&Token::Period) {
            parts.push(self.name("a name")?);
        }
        Ok(ObjectName::from(parts))
    }
}
