//! How a connection's portals and cursors end with the transactions they are of.
//!
//! ```text
//!   portal, cursor          ends with its transaction
//!   cursor WITH HOLD        ends with a transaction that is rolled back, stays after one that commits
//! ```

use bowline::{Answer, Error, Prepared, ScalarValue, Tag, TransactionStatus};

use crate::connection::Connection;
use crate::portals::Lasts;

impl Connection {
    /// Starts a statement of the engine's. Errors: those of the statement.
    pub(crate) fn start(&mut self, prepared: &Prepared, values: &[ScalarValue]) -> Result<Answer, Error> {
        let was_alone = self.is_alone();
        let answer = self.session.start(prepared, values);
        if !was_alone && self.is_alone() {
            let committed = matches!(&answer, Ok(Answer { tag: Tag::Whole(tag), .. }) if tag == "COMMIT");
            self.end_cursors(committed);
        }
        answer
    }

    /// Ends the transaction of statements sent together. Errors: those of a commit.
    pub(crate) fn end_implicit(&mut self) -> Result<(), Error> {
        if !self.session.is_implicit() {
            return Ok(());
        }
        let is_alive = self.session.check_alive().is_ok();
        let ended = self.session.end_implicit();
        self.end_cursors(is_alive && ended.is_ok());
        ended
    }

    /// Whether no transaction is open.
    pub(crate) fn is_alone(&self) -> bool {
        self.session.transaction_status() == TransactionStatus::Idle && !self.session.is_implicit()
    }

    /// Portals end with their transaction.
    pub(crate) fn drop_portals(&mut self) {
        if self.session.transaction_status() == TransactionStatus::Idle {
            self.portals.retain(|_, portal| portal.lasts == Lasts::Session);
        }
    }

    /// A statement that went back to a savepoint takes the portals along that were made since.
    pub(crate) fn drop_portals_of_savepoints(&mut self) {
        if let Some(savepoints) = self.session.went_back_to() {
            self.portals.retain(|_, portal| portal.outlives(savepoints));
        }
    }

    /// What a transaction that has ended means for the cursors that it declared WITH HOLD.
    fn end_cursors(&mut self, committed: bool) {
        if committed {
            for portal in self.portals.values_mut().filter(|portal| portal.lasts == Lasts::IfCommitted) {
                portal.lasts = Lasts::Session;
            }
        }
        self.portals.retain(|_, portal| portal.lasts != Lasts::IfCommitted);
    }
}
