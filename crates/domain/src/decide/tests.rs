mod amend;
mod author;
mod enrol;
mod family;
mod household;
mod paper;
mod registration;
mod residence;
