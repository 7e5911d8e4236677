//! The two ends of a connection: a socket, bare or under TLS, with what has arrived and what is to be sent.

use std::future::Future;
use std::io;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::block_in_place;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// As much as is gathered before it is sent.
const OUTPUT_BYTES: usize = 64 << 10;
/// Buffers of an idle connection that are larger are given back.
const IDLE_BYTES_MAX: usize = 16 << 10;
/// Bytes to make room for when reading.
const READ_BYTES: usize = 8 << 10;

/// A socket with its buffers.
#[derive(Debug)]
pub struct Io {
    stream: Stream,
    /// What has arrived and was not taken yet.
    pub input: BytesMut,
    /// What is to be sent.
    pub output: BytesMut,
    /// Turns true when the server waits for no client any more.
    cut: watch::Receiver<bool>,
}

/// Why nothing was read.
#[derive(Debug)]
pub enum Unfilled<E> {
    /// What was waited for besides has come.
    Ended(E),
    /// The client is gone, or the server stops.
    Lost,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Io {
    /// Over a socket. `cut`: turns true when nothing is waited for any more in the middle of a statement.
    pub fn new(stream: TcpStream, cut: watch::Receiver<bool>) -> Io {
        Io { stream: Stream::Plain(stream), input: BytesMut::new(), output: BytesMut::new(), cut }
    }

    /// Reads what there is; false at the end.
    pub async fn fill(&mut self) -> io::Result<bool> {
        self.input.reserve(READ_BYTES);
        let read = match &mut self.stream {
            Stream::Plain(stream) => stream.read_buf(&mut self.input).await?,
            Stream::Tls(stream) => stream.read_buf(&mut self.input).await?,
        };
        Ok(read > 0)
    }

    /// Sends everything.
    pub async fn flush(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(&self.output).await?,
            Stream::Tls(stream) => {
                stream.write_all(&self.output).await?;
                stream.flush().await?;
            }
        }
        self.output.clear();
        Ok(())
    }

    /// Sends everything before it returns. Errors: the client is gone, or does not read and the server stops.
    pub fn flush_blocking(&mut self) -> io::Result<()> {
        let mut cut = self.cut.clone();
        waited(&mut cut, self.flush())
    }

    /// Sends what has gathered if it is much.
    pub fn flush_if_much(&mut self) -> io::Result<()> {
        if self.output.len() < OUTPUT_BYTES { Ok(()) } else { self.flush_blocking() }
    }

    /// Waits for more and reads it, unless `ended` completes before; false at the end. Errors: what `ended` says; the client is
    /// gone, or sends nothing and the server stops.
    pub fn fill_unless<E>(&mut self, ended: impl Future<Output = E>) -> Result<bool, Unfilled<E>> {
        let mut cut = self.cut.clone();
        let work = async {
            tokio::select! {
                biased;
                ended = ended => Ok(Err(ended)),
                filled = self.fill() => filled.map(Ok),
            }
        };
        match waited(&mut cut, work) {
            Ok(Ok(more)) => Ok(more),
            Ok(Err(ended)) => Err(Unfilled::Ended(ended)),
            Err(_) => Err(Unfilled::Lost),
        }
    }

    /// Whether the server waits for no client any more.
    pub fn is_cut(&self) -> bool {
        *self.cut.borrow()
    }

    /// Continues under TLS. Errors: the handshake failed; or bytes came before it, which could have been slipped in.
    pub async fn accept_tls(self, acceptor: &TlsAcceptor) -> io::Result<Io> {
        let Stream::Plain(stream) = self.stream else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "TLS within TLS"));
        };
        if !self.input.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "received unencrypted data after a TLS request"));
        }
        let stream = Box::new(acceptor.accept(stream).await?);
        Ok(Io { stream: Stream::Tls(stream), input: BytesMut::new(), output: BytesMut::new(), cut: self.cut })
    }

    /// The first byte that waits to be read, which stays there.
    pub async fn peek(&self) -> io::Result<Option<u8>> {
        let Stream::Plain(stream) = &self.stream else { return Ok(None) };
        let mut byte = [0];
        Ok((stream.peek(&mut byte).await? > 0).then_some(byte[0]))
    }

    /// Whether it is under TLS.
    pub fn is_tls(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// Whether the TLS handshake agreed on a protocol, which can be this one only.
    pub fn tells_protocol(&self) -> bool {
        matches!(&self.stream, Stream::Tls(stream) if stream.get_ref().1.alpn_protocol().is_some())
    }

    /// Gives back memory that an idle connection does not need.
    pub fn shrink(&mut self) {
        if self.input.is_empty() && self.input.capacity() > 0 {
            self.input = BytesMut::new();
        }
        if self.output.is_empty() && self.output.capacity() > IDLE_BYTES_MAX {
            self.output = BytesMut::new();
        }
    }

    /// Sends what is left and closes, without waiting long for a client that does not listen.
    pub async fn close(mut self) {
        let goodbye = async {
            let _ = self.flush().await;
            match &mut self.stream {
                Stream::Plain(stream) => stream.shutdown().await,
                Stream::Tls(stream) => stream.shutdown().await,
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(1), goodbye).await;
    }
}

/// Waits on this thread for what a client does, unless the server stops before.
fn waited<T>(cut: &mut watch::Receiver<bool>, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    block_in_place(|| {
        Handle::current().block_on(async {
            tokio::select! {
                biased;
                done = work => done,
                _ = cut.wait_for(|cut| *cut) => Err(io::Error::new(io::ErrorKind::TimedOut, "the server stops")),
            }
        })
    })
}
