//! Both sides of C2SP tlog-witness: the client with which a log asks witnesses to cosign its checkpoints, and a small
//! witness that remembers the largest tree it has seen of each log and refuses forks.
