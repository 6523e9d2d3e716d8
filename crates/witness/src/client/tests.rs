mod deviations;
mod growth;
mod url;
