//! What each subcommand does.

pub mod access;
pub mod backup;
pub mod batch;
pub mod campaign;
pub mod certificate;
pub mod corrections;
pub mod demo;
pub mod erase;
pub mod export;
pub mod extract;
pub mod feed;
pub mod grant;
pub mod init;
pub mod law;
pub mod prove;
pub mod query;
pub mod rebuild;
pub mod restore;
pub mod right;
pub mod rotate;
pub mod serve;
pub mod statistics;
pub mod status;
pub mod submit;
pub mod watch;
pub mod witness;
