//! The library as its users meet it: sessions side by side, parameters, errors as fields, databases reopened.

mod answers;
mod both_ways;
mod cancelling;
mod concurrency;
mod generic_plans;
mod in_place;
mod large_queries;
mod library;
mod parameter_types;
mod planned_once;
mod schedules;
mod search_path;
mod temporary;
mod writes_again;
