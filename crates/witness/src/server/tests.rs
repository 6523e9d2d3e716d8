mod decisions;
mod directory;
mod http;
mod script;
