//! What the server sends, written to the end of a buffer.

use bytes::{BufMut, BytesMut};

/// A column of a result, as it is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnType {
    /// Its type.
    pub oid: u32,
    /// The type's size in bytes, -1 where it varies.
    pub size: i16,
    /// The length of a varchar and the like, -1 for none.
    pub modifier: i32,
}

/// Writes a message: its type, then what `body` adds, with the length put in before.
pub fn message(out: &mut BytesMut, message_type: u8, body: impl FnOnce(&mut BytesMut)) {
    out.put_u8(message_type);
    let start = out.len();
    out.put_i32(0);
    body(out);
    let length = i32::try_from(out.len() - start).expect("a message stays below 2 GiB");
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

/// A text and its zero byte. A zero byte within would end it early, so it is left out.
pub fn text(out: &mut BytesMut, text: &str) {
    match text.contains('\0') {
        false => out.put_slice(text.as_bytes()),
        true => text.bytes().filter(|byte| *byte != 0).for_each(|byte| out.put_u8(byte)),
    }
    out.put_u8(0);
}

/// `AuthenticationOk`.
pub fn authentication_ok(out: &mut BytesMut) {
    message(out, b'R', |out| out.put_i32(0));
}

/// `AuthenticationSASL`, with the mechanisms there are.
pub fn authentication_sasl(out: &mut BytesMut, mechanisms: &[&str]) {
    message(out, b'R', |out| {
        out.put_i32(10);
        mechanisms.iter().for_each(|mechanism| text(out, mechanism));
        out.put_u8(0);
    });
}

/// `AuthenticationSASLContinue`.
pub fn authentication_sasl_continue(out: &mut BytesMut, data: &[u8]) {
    message(out, b'R', |out| {
        out.put_i32(11);
        out.put_slice(data);
    });
}

/// `AuthenticationSASLFinal`.
pub fn authentication_sasl_final(out: &mut BytesMut, data: &[u8]) {
    message(out, b'R', |out| {
        out.put_i32(12);
        out.put_slice(data);
    });
}

/// `NegotiateProtocolVersion`: the newest minor version there is, and options nobody knows.
pub fn negotiate_protocol_version(out: &mut BytesMut, minor: u16, options: &[&str]) {
    message(out, b'v', |out| {
        out.put_i32((3 << 16) | i32::from(minor));
        out.put_i32(options.len() as i32);
        options.iter().for_each(|option| text(out, option));
    });
}

/// `ParameterStatus`.
pub fn parameter_status(out: &mut BytesMut, name: &str, value: &str) {
    message(out, b'S', |out| {
        text(out, name);
        text(out, value);
    });
}

/// `BackendKeyData`.
pub fn backend_key_data(out: &mut BytesMut, process: i32, secret: &[u8]) {
    message(out, b'K', |out| {
        out.put_i32(process);
        out.put_slice(secret);
    });
}

/// `ReadyForQuery`.
pub fn ready_for_query(out: &mut BytesMut, status: u8) {
    message(out, b'Z', |out| out.put_u8(status));
}

/// `ErrorResponse` (`E`) or `NoticeResponse` (`N`), of fields.
pub fn report(out: &mut BytesMut, message_type: u8, fields: &[(u8, String)]) {
    message(out, message_type, |out| {
        for (kind, value) in fields {
            out.put_u8(*kind);
            text(out, value);
        }
        out.put_u8(0);
    });
}

/// `CommandComplete`.
pub fn command_complete(out: &mut BytesMut, tag: &str) {
    message(out, b'C', |out| text(out, tag));
}

/// A message without a body: `ParseComplete` (`1`), `BindComplete` (`2`), `CloseComplete` (`3`), `NoData` (`n`),
/// `EmptyQueryResponse` (`I`), `PortalSuspended` (`s`), `CopyDone` (`c`).
pub fn bare(out: &mut BytesMut, message_type: u8) {
    message(out, message_type, |_| {});
}

/// `ParameterDescription`.
pub fn parameter_description(out: &mut BytesMut, types: &[u32]) {
    message(out, b't', |out| {
        out.put_u16(types.len() as u16);
        types.iter().for_each(|oid| out.put_u32(*oid));
    });
}

/// `RowDescription`: names, types and formats.
pub fn row_description<'n>(out: &mut BytesMut, columns: impl ExactSizeIterator<Item = (&'n str, ColumnType, i16)>) {
    message(out, b'T', |out| {
        out.put_u16(columns.len() as u16);
        for (name, column, format) in columns {
            text(out, name);
            // No table and column: a result is known by its names.
            out.put_u32(0);
            out.put_i16(0);
            out.put_u32(column.oid);
            out.put_i16(column.size);
            out.put_i32(column.modifier);
            out.put_i16(format);
        }
    });
}

/// `CopyInResponse` (`G`) or `CopyOutResponse` (`H`).
pub fn copy_response(out: &mut BytesMut, message_type: u8, is_binary: bool, columns: usize) {
    message(out, message_type, |out| {
        out.put_u8(u8::from(is_binary));
        out.put_u16(columns as u16);
        (0..columns).for_each(|_| out.put_i16(i16::from(is_binary)));
    });
}

/// Takes off a message that was begun and not ended, as a panic leaves it. `out` begins with a whole message.
pub fn drop_begun_message(out: &mut BytesMut) {
    let mut whole = 0;
    while let Some(head) = out.get(whole + 1..whole + 5) {
        // The length is 0 until the message has ended.
        let length = u32::from_be_bytes(head.try_into().expect("four bytes")) as usize;
        if length < 4 || out.len() < whole + 1 + length {
            break;
        }
        whole += 1 + length;
    }
    out.truncate(whole);
}
