//! How many files and sockets this process may have open: as many as the system lets it, when a server needs them.

/// What is open besides connections: the database's files, standard streams, the runtime's own.
const OTHERS: u64 = 100;

/// Raises the limit, where it is lower, to what this many sockets need. Returns how many sockets there can be.
pub fn allow(sockets: usize) -> usize {
    let wanted = sockets as u64 + OTHERS;
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the call writes the struct it is given, and nothing else.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) } != 0 || limit.rlim_cur >= wanted {
        return sockets;
    }
    let raised = libc::rlimit { rlim_cur: wanted.min(limit.rlim_max), ..limit };
    // SAFETY: the call reads the struct it is given.
    let now = match unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raised) } {
        0 => raised.rlim_cur,
        _ => limit.rlim_cur,
    };
    usize::try_from(now.saturating_sub(OTHERS)).unwrap_or(sockets).min(sockets)
}
