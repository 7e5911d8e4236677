//! What the names in a query mean: tables, views and system tables of one snapshot, and functions.
//!
//! ```text
//!   t, public.t            tables and views of the catalog; a name without a schema means the first along the search path
//!   __rows."schema.t", __rows.schema.t      a table with its row ids
//!   __statement.t          tables made for this statement
//!   bowline.*, information_schema.*, pg_catalog.*    computed from the snapshot when scanned
//! ```

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use bowline_core::catalog::{Relation, RelationName, SYSTEM_SCHEMA, TEMPORARY_SCHEMA, Table, View as CatalogView};
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::cte_worktable::CteWorkTable;
use datafusion::catalog::{TableFunctionArgs, TableProvider};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue, TableReference};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::planner::{ContextProvider, ExprPlanner, TypePlanner};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{
    AggregateUDF, Expr, HigherOrderUDF, LogicalPlan, LogicalPlanBuilder, ScalarUDF, TableSource, WindowUDF,
};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::sql::planner::{NullOrdering, ParserOptions, PlannerContext, SqlToRel};
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, Ident, ObjectName, Statement};

use super::frames::{self, Offset, Offsets};
use super::functions::Functions;
use super::made::MadeTable;
use super::nearest::nearest;
use super::output_names::{OutputNames, result_schema};
use super::parameters::place;
use super::row_expression::{of_row, refuse_queries};
use super::system::pg_catalog::{self, Objects, SystemTable};
use super::table_source::{self, SnapshotTable};
use super::types::PostgresTypes;
use super::view::{Fields, View, ViewColumns};
use super::{
    checked_functions, coalesce, exact, intervals, json_containment, json_path, library, numeric_casts, output_names,
    pg_syntax, planning, rewrite, same_names, series, state, system, tableoid, ties, told, tree, using,
    virtual_columns, whole_numbers,
};
use crate::cancel::CancelHandle;
use crate::error::Error;
use crate::grammar;
use crate::identifier::folded;
use crate::{search_path, stored_names};

/// Views are read through so many others: each takes as much of the stack to plan as a query does.
const VIEWS_DEEP_MAX: usize = 20;

/// The schema of tables with their row ids.
pub(super) const ROWS_SCHEMA: &str = "__rows";
/// The schema of tables made for the statement.
pub(super) const STATEMENT_SCHEMA: &str = "__statement";

/// The meaning of names in one statement.
pub(super) struct Names<'a> {
    state: &'a SessionState,
    functions: &'a Functions,
    view: &'a View,
    fields: Fields,
    cancel: &'a CancelHandle,
    /// Views being planned, outermost first.
    open_views: RefCell<Vec<RelationName>>,
    /// Views that were planned, each once however often it is mentioned.
    planned_views: RefCell<HashMap<RelationName, PlannedView>>,
    /// How many views lie one in the other below the one being planned, as far as it is.
    views_below: Cell<usize>,
    types: Arc<PostgresTypes>,
    /// What pg_catalog and its functions look at, once they are asked for.
    objects: RefCell<Option<Arc<Objects>>>,
}

/// What a view reads.
#[derive(Clone)]
struct PlannedView {
    provider: Arc<dyn TableProvider>,
    /// How many views lie one in the other, itself among them.
    levels: usize,
}

impl<'a> Names<'a> {
    pub fn new(
        state: &'a SessionState,
        functions: &'a Functions,
        view: &'a View,
        fields: Fields,
        cancel: &'a CancelHandle,
    ) -> Names<'a> {
        Names {
            state,
            functions,
            view,
            fields,
            cancel,
            open_views: RefCell::default(),
            planned_views: RefCell::default(),
            views_below: Cell::default(),
            types: Arc::new(PostgresTypes(fields)),
            objects: RefCell::default(),
        }
    }

    /// Plans a query whose text has been rewritten already.
    pub fn plan(&self, statement: Statement) -> Result<LogicalPlan> {
        self.planner().sql_statement_to_plan(statement).and_then(planning::bounded).and_then(ties::apply)
    }

    /// Plans a rewritten query whose parameters have these types; a parameter without one is typed by its place.
    pub fn plan_with(&self, statement: Statement, types: &[Option<FieldRef>]) -> Result<LogicalPlan> {
        let mut context = PlannerContext::new().with_prepare_param_data_types(types.to_vec());
        let plan = self.planner().sql_statement_to_plan_with_context(statement, &mut context);
        plan.and_then(planning::bounded).and_then(ties::apply)
    }

    /// Plans an expression that names no columns; parameters without a type are typed by their places.
    pub fn constant(&self, mut expr: SqlExpr, types: &[Option<FieldRef>]) -> Result<Expr, Error> {
        rewrite::expression(&mut expr)?;
        let mut context = PlannerContext::new().with_prepare_param_data_types(types.to_vec());
        let expr = self.planner().sql_to_expr(expr, &DFSchema::empty(), &mut context).map_err(super::error)?;
        refuse_queries(&expr)?;
        Ok(expr)
    }

    /// Plans an expression over a table's columns; its types are not coerced yet.
    pub fn over_table(&self, text: &str, table: &Table) -> Result<Expr, Error> {
        let schema = table_source::table_schema(table);
        let schema = DFSchema::try_from_qualified_schema(table.name.as_str(), &schema).map_err(super::error)?;
        self.over_columns(text, &schema)
    }

    /// Plans an expression over columns. Errors: unknown names, and what cannot stand in an expression about one row.
    pub fn over_columns(&self, text: &str, columns: &DFSchema) -> Result<Expr, Error> {
        let parsed = grammar::expr(text);
        let mut parsed = parsed.map_err(|error| super::error(error.into()))?;
        rewrite::expression(&mut parsed)?;
        let expr = self.planner().sql_to_expr(parsed, columns, &mut PlannerContext::new()).map_err(super::error)?;
        of_row(expr)
    }

    /// Computes the offsets of window frames. Errors: those of the expressions.
    pub fn computed(&self, offsets: &Offsets, parameters: &[ScalarValue]) -> Result<Vec<Offset>, Error> {
        let typed = |value: &ScalarValue| Some(Arc::new(Field::new("", value.data_type(), true)));
        let types: Vec<Option<FieldRef>> = parameters.iter().map(typed).collect();
        let computed = |written: &SqlExpr| {
            let expr = self.constant(written.clone(), &types)?;
            let value = value_of(expr, parameters, self.state).map_err(super::error)?;
            Ok(Offset { value, untyped: frames::is_untyped(written) })
        };
        offsets.iter().map(computed).collect()
    }

    /// What turns parsed SQL into plans and expressions.
    pub fn planner(&self) -> SqlToRel<'_, Self> {
        let options = ParserOptions::new()
            .with_parse_float_as_decimal(true)
            .with_map_string_types_to_utf8view(false)
            .with_collect_spans(true)
            .with_default_null_ordering(NullOrdering::NullsMax);
        SqlToRel::new_with_options(self, options)
    }

    /// What a name alone means: in a view what it meant when that was made, whatever the session's search path.
    pub fn meant(&self, name: &str) -> RelationName {
        let catalog = self.view.snapshot.catalog();
        match self.open_views.borrow().last() {
            Some(view) => search_path::in_stored(catalog, name, view.schema == TEMPORARY_SCHEMA),
            None => search_path::on_path(catalog, name),
        }
    }

    fn relation(&self, schema: &str, name: &str) -> Result<Arc<dyn TableProvider>, Error> {
        match schema {
            ROWS_SCHEMA => self.with_row_ids(name),
            STATEMENT_SCHEMA => {
                let found = self.view.extra.iter().find(|table| table.given.name().name == name);
                found.map(|table| table.read.clone()).ok_or_else(|| self.missing(schema, name))
            }
            _ => {
                let full = RelationName::new(schema, name);
                match self.view.snapshot.catalog().relation(&full) {
                    Some(Relation::Table(table)) => self.as_known(&full, self.table(table, false)?),
                    Some(Relation::View(view)) => self.as_known(&full, self.planned_view(&view)?),
                    Some(Relation::Sequence(_)) => Err(Error::unsupported(
                        format!("cannot read from sequence \"{name}\""),
                        "Use nextval, currval or information_schema.sequences.",
                    )),
                    Some(Relation::Index(..)) => Err(Error::new("42809", format!("cannot open relation \"{name}\""))
                        .with_detail("This operation is not supported for indexes.")),
                    None => Ok(self.system(schema, name).ok_or_else(|| self.missing(schema, name))?),
                }
            }
        }
    }

    /// A relation whose rows are made for the statement, by its full name.
    pub fn made(&self, name: &RelationName) -> Option<Arc<MadeTable>> {
        if name.schema == STATEMENT_SCHEMA {
            return self.view.extra.iter().map(|table| &table.given).find(|given| given.name() == name).cloned();
        }
        self.system(&name.schema, &name.name)
    }

    /// A system table.
    fn system(&self, schema: &str, name: &str) -> Option<Arc<MadeTable>> {
        if schema == SYSTEM_SCHEMA && pg_catalog::has(name) {
            return pg_catalog::table(name, self.objects(), self.fields);
        }
        let columns = || self.objects().view_columns();
        let database = self.functions.settings().database();
        system::table(schema, name, &self.view.snapshot, &database, self.cancel, columns)
    }

    /// What pg_catalog is made of. The columns of views are known only after planning them, so that is done once a catalog.
    pub fn objects(&self) -> Arc<Objects> {
        if let Some(objects) = self.objects.borrow().as_ref() {
            return objects.clone();
        }
        let catalog = self.view.snapshot.catalog();
        let made = |columns| Arc::new(Objects::new(&self.view.snapshot, columns, self.functions));
        let columns = self.functions.view_columns().kept(catalog).unwrap_or_else(|| {
            // A view may read pg_catalog itself, which then must be there already.
            *self.objects.borrow_mut() = Some(made(Arc::default()));
            // The views being planned have columns as well.
            let open = self.open_views.take();
            // A view that reads pg_catalog is planned again once all there is is in it.
            let planned = self.planned_views.take();
            let columns = Arc::new(self.view_columns());
            self.planned_views.replace(planned);
            self.open_views.replace(open);
            // Of a cancelled statement they may not be all.
            if self.cancel.check().is_ok() {
                self.functions.view_columns().keep(catalog, &columns);
            }
            columns
        });
        let objects = made(columns);
        *self.objects.borrow_mut() = Some(objects.clone());
        objects
    }

    /// The columns of all views; a view that cannot be planned any more has none.
    fn view_columns(&self) -> ViewColumns {
        let views = self.view.snapshot.catalog().views();
        let columns = views.filter_map(|view| {
            let planned = self.planned_view(view).ok()?;
            let schema = match planned.get_logical_plan() {
                Some(plan) => described(plan.into_owned()),
                None => planned.schema(),
            };
            let fields = schema.fields().iter().map(|field| field.as_ref().clone()).collect();
            Some((view.name.clone(), fields))
        });
        columns.collect()
    }

    fn with_row_ids(&self, dotted: &str) -> Result<Arc<dyn TableProvider>, Error> {
        let found = dotted.char_indices().filter(|(_, c)| *c == '.').find_map(|(dot, _)| {
            let name = RelationName::new(&dotted[..dot], &dotted[dot + 1..]);
            self.view.snapshot.catalog().table_named(&name).cloned()
        });
        self.table(found.ok_or_else(|| self.missing(ROWS_SCHEMA, dotted))?, true)
    }

    fn table(&self, table: Arc<Table>, with_row_ids: bool) -> Result<Arc<dyn TableProvider>, Error> {
        let snapshot = &self.view.snapshot;
        let foreign_keys = snapshot.catalog().foreign_keys().filter(|foreign_key| foreign_key.table == table.id);
        let foreign_keys: Vec<_> = foreign_keys.map(|foreign_key| foreign_key.columns.as_slice()).collect();
        let rows = snapshot.rows(table.id).clone();
        let stored = SnapshotTable::new(table.clone(), rows, &foreign_keys, with_row_ids, self.fields);
        virtual_columns::computed(&|text| self.over_table(text, &table), &table, Arc::new(stored), &[""])
    }

    /// The columns of a relation that the view being planned knows of; `None` if it knows all, or no view is planned.
    fn known_columns(&self, name: &RelationName) -> Option<Vec<String>> {
        let open = self.open_views.borrow();
        let view = self.view.snapshot.catalog().view_named(open.last()?)?;
        view.known_columns(name).map(<[String]>::to_vec)
    }

    /// A relation with the columns that the view being planned knows of.
    fn as_known(&self, name: &RelationName, found: Arc<dyn TableProvider>) -> Result<Arc<dyn TableProvider>, Error> {
        let Some(known) = self.known_columns(name) else { return Ok(found) };
        let is_known = |name: &String| known.contains(name);
        if found.schema().fields().iter().all(|field| is_known(field.name())) {
            return Ok(found);
        }
        let scan = LogicalPlanBuilder::scan(TableReference::bare(name.name.as_str()), provider_as_source(found), None);
        let plan = scan.and_then(|scan| {
            let columns = scan.schema().columns().into_iter().filter(|column| is_known(&column.name));
            let columns: Vec<Expr> = columns.map(Expr::Column).collect();
            scan.project(columns)?.build()
        });
        Ok(Arc::new(ViewTable::new(plan.map_err(super::error)?, None)))
    }

    /// Plans a view's own query, in which the names around the view's mention mean nothing.
    fn planned_view(&self, view: &CatalogView) -> Result<Arc<dyn TableProvider>, Error> {
        if self.open_views.borrow().contains(&view.name) {
            return Err(Error::new("42P17", format!("infinite recursion detected in view \"{}\"", view.name))
                .with_hint("A view cannot read itself, also not through other views."));
        }
        let found = self.planned_views.borrow().get(&view.name).cloned();
        if self.open_views.borrow().len() + found.as_ref().map_or(1, |found| found.levels) > VIEWS_DEEP_MAX {
            return Err(Error::new("54001", format!("view \"{}\" is nested too deeply in other views", view.name))
                .with_hint("Read tables, or fewer views one through the other."));
        }
        if let Some(PlannedView { provider, levels }) = found {
            self.views_below.set(self.views_below.get().max(levels));
            return Ok(provider);
        }
        let beside = self.views_below.replace(0);
        self.open_views.borrow_mut().push(view.name.clone());
        let planned = self.plan_text(&view.query, view.name.schema == TEMPORARY_SCHEMA);
        self.open_views.borrow_mut().pop();
        let levels = self.views_below.get() + 1;
        self.views_below.set(beside.max(levels));
        let (plan, names) = planned?;
        let renamed = view.columns.iter().chain(names.iter().skip(view.columns.len()));
        let plan = with_names(plan, &renamed.collect::<Vec<_>>()).map_err(super::error)?;
        let provider: Arc<dyn TableProvider> = Arc::new(ViewTable::new(plan, Some(view.query.clone())));
        let planned = PlannedView { provider: provider.clone(), levels };
        self.planned_views.borrow_mut().insert(view.name.clone(), planned);
        Ok(provider)
    }

    /// The columns of a table of the catalog, by the name a query calls it; `None` for whatever else there is.
    pub fn columns_of(&self, name: &ObjectName) -> Option<Vec<String>> {
        let parts: Vec<Ident> = name.0.iter().map(|part| part.as_ident().cloned()).collect::<Option<_>>()?;
        let catalog = self.view.snapshot.catalog();
        let full = match parts.as_slice() {
            [name] => self.meant(&folded(name)),
            [schema, name] => RelationName::new(folded(schema), folded(name)),
            _ => return None,
        };
        let columns = catalog.table_named(&full)?.columns.iter().map(|column| column.name.clone());
        Some(match self.known_columns(&full) {
            Some(known) => columns.filter(|name| known.contains(name)).collect(),
            None => columns.collect(),
        })
    }

    /// The table of pg_catalog that a query calls by this name; `None` for whatever else there is.
    pub fn system_table(&self, name: &ObjectName) -> Option<SystemTable> {
        let parts: Vec<String> = name.0.iter().map(|part| part.as_ident().map(folded)).collect::<Option<_>>()?;
        let full = match parts.as_slice() {
            [name] => self.meant(name),
            [schema, name] => RelationName::new(schema, name),
            _ => return None,
        };
        let is_hidden = full.schema != SYSTEM_SCHEMA || self.view.snapshot.catalog().relation(&full).is_some();
        if is_hidden { None } else { pg_catalog::system_table(&full.name) }
    }

    fn plan_text(&self, query: &str, is_temporary: bool) -> Result<(LogicalPlan, Vec<String>), Error> {
        let parsed = grammar::statements(query).map_err(|e| super::error(DataFusionError::from(e)))?;
        let Ok([mut statement]) = <[Statement; 1]>::try_from(parsed) else {
            return Err(Error::new("42601", "a view has exactly one query"));
        };
        stored_names::read_query(self.view.snapshot.catalog(), &mut statement, is_temporary);
        same_names::write_out(&mut statement, &|name| self.meant(name))?;
        using::write_out(&mut statement, &|name| self.columns_of(name));
        let names = output_names::of(&statement);
        tableoid::write_out(&mut statement, &|name| self.system_table(name));
        let offsets = Offsets::take(&mut statement)?;
        rewrite::statement(&mut statement)?;
        let offsets = self.computed(&offsets, &[])?;
        let plan = self.plan(statement).and_then(|plan| frames::apply(plan, &offsets));
        let plan = plan.and_then(whole_numbers::apply).map_err(super::error)?;
        let names = names.over(plan.schema().as_arrow());
        Ok((plan, names))
    }

    /// 42P01, with the schemas there are or the nearest name.
    fn missing(&self, schema: &str, name: &str) -> Error {
        let catalog = self.view.snapshot.catalog();
        let full = RelationName::new(schema, name);
        let error = Error::new("42P01", format!("relation \"{full}\" does not exist"));
        if !full.is_nowhere() && catalog.schema(schema).is_none() && !system::SCHEMAS.contains(&schema) {
            let schemas: Vec<&str> = catalog.schemas().map(|(name, _)| name.as_str()).collect();
            return error.with_hint(format!("There is no schema \"{schema}\"; there are: {}.", schemas.join(", ")));
        }
        let shown = |name: &RelationName| search_path::shown(catalog, name);
        let tables = catalog.tables().map(|table| shown(&table.relation_name()));
        let views = catalog.views().map(|view| shown(&view.name));
        let known: Vec<String> = tables.chain(views).chain(system::names()).collect();
        match nearest(&shown(&full), known.iter().map(String::as_str)) {
            Some(near) => error.with_hint(format!("Perhaps you meant \"{near}\".")),
            None => error,
        }
    }
}

/// The value of an expression that names no columns.
pub(super) fn value_of(expr: Expr, parameters: &[ScalarValue], state: &SessionState) -> Result<ScalarValue> {
    let bound = tree::change_parts(expr, |part| match &part {
        Expr::Placeholder(Placeholder { id, .. }) => {
            let value = place(id).and_then(|place| parameters.get(place));
            let value = value.ok_or_else(|| {
                DataFusionError::External(Box::new(Error::new("42P02", format!("there is no parameter {id}"))))
            })?;
            Ok(Transformed::yes(Expr::Literal(value.clone(), None)))
        }
        _ => Ok(Transformed::no(part)),
    })?;
    let schema = DFSchema::empty();
    let exact = exact::expression(bound, &schema, state.config_options())?;
    let physical = state.create_physical_expr(exact, &schema)?;
    let row = RecordBatchOptions::new().with_row_count(Some(1));
    let row = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &row)?;
    ScalarValue::try_from_array(&physical.evaluate(&row)?.into_array(1)?, 0)
}

/// The columns of a plan as its rows will have them.
fn described(plan: LogicalPlan) -> SchemaRef {
    let told = told::schema(&plan);
    match planning::analyzed(state::state(), plan) {
        Ok(analyzed) => result_schema(&told, analyzed.schema().as_arrow(), &OutputNames::default()),
        Err(_) => Arc::new(told),
    }
}

/// The plan with its columns called by these names, as far as they differ and do not repeat.
fn with_names(plan: LogicalPlan, names: &[&String]) -> Result<LogicalPlan> {
    let columns = plan.schema().columns();
    if columns.len() != names.len() || columns.iter().zip(names).all(|(column, name)| column.name() == name.as_str()) {
        return Ok(plan);
    }
    let unique = |at: usize| names.iter().filter(|name| **name == names[at]).count() == 1;
    let items = columns.into_iter().enumerate().map(|(at, column)| match unique(at) {
        true => Expr::Column(column).alias(names[at]),
        false => Expr::Column(column),
    });
    let items: Vec<Expr> = items.collect();
    LogicalPlanBuilder::from(plan).project(items)?.build()
}

/// Whether a function makes one value of many rows.
pub(crate) fn is_aggregate(name: &str) -> bool {
    state::state().aggregate_functions().contains_key(name)
}

impl ContextProvider for Names<'_> {
    fn get_table_source(&self, name: TableReference) -> Result<Arc<dyn TableSource>> {
        planning::go_on()?;
        if name.catalog() == Some(ROWS_SCHEMA) {
            let table = RelationName::new(name.schema().unwrap_or_default(), name.table());
            let found = self.view.snapshot.catalog().table_named(&table).cloned();
            let found =
                found.ok_or_else(|| self.missing(&table.schema, &table.name)).and_then(|table| self.table(table, true));
            return Ok(provider_as_source(found.map_err(|error| DataFusionError::External(Box::new(error)))?));
        }
        if let Some(other) = name.catalog().filter(|catalog| *catalog != self.functions.settings().database()) {
            let refused = Error::unsupported(
                format!("cross-database references are not implemented: \"{other}.{}\"", name.table()),
                "Name it as schema.table.",
            );
            return Err(DataFusionError::External(Box::new(refused)));
        }
        let found = match name.schema() {
            Some(schema) => self.relation(schema, name.table()),
            None => self.relation(&self.meant(name.table()).schema, name.table()),
        };
        Ok(provider_as_source(found.map_err(|error| DataFusionError::External(Box::new(error)))?))
    }

    fn get_table_function_source(&self, name: &str, args: Vec<Expr>) -> Result<Arc<dyn TableSource>> {
        let Some(function) = self.state.table_functions().get(name).cloned() else {
            let error = Error::new("42883", format!("function {name} does not exist"))
                .with_hint("In FROM there are generate_series, range and unnest.");
            return Err(DataFusionError::External(Box::new(error)));
        };
        let context = SimplifyContext::builder().with_config_options(Arc::clone(self.state.config_options())).build();
        let simplifier = ExprSimplifier::new(context);
        let schema = DFSchema::empty();
        let simplified = |arg: &Expr| simplifier.coerce(arg.clone(), &schema).and_then(|arg| simplifier.simplify(arg));
        let known = args.iter().map(simplified).collect::<Result<Vec<_>>>()?;
        let provider = function.create_table_provider_with_args(TableFunctionArgs::new(&known, self.state))?;
        Ok(provider_as_source(series::of(provider, &args)))
    }

    fn create_cte_work_table(&self, name: &str, schema: SchemaRef) -> Result<Arc<dyn TableSource>> {
        Ok(provider_as_source(Arc::new(CteWorkTable::new(name, schema))))
    }

    fn get_expr_planners(&self) -> &[Arc<dyn ExprPlanner>] {
        self.state.expr_planners()
    }

    fn get_type_planner(&self) -> Option<Arc<dyn TypePlanner>> {
        Some(self.types.clone())
    }

    fn get_function_meta(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        let own = self.functions.named(name);
        let own = own.or_else(|| library::named(name, self.fields)).or_else(|| library::waiting(name, self.cancel));
        let own = own.or_else(|| pg_catalog::named(name, self.fields, || self.objects()));
        let own = own
            .or_else(|| json_path::named(name))
            .or_else(|| json_containment::named(name))
            .or_else(|| intervals::named(name))
            .or_else(|| ties::named(name));
        let own = own.or_else(|| coalesce::named(name)).or_else(|| numeric_casts::named(name, self.fields));
        let name = if name == pg_syntax::SERIES { "generate_series" } else { name };
        own.or_else(|| self.state.scalar_functions().get(name).map(checked_functions::checked))
    }

    fn get_higher_order_meta(&self, name: &str) -> Option<Arc<HigherOrderUDF>> {
        self.state.higher_order_functions().get(name).cloned()
    }

    fn get_aggregate_meta(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        self.state.aggregate_functions().get(name).cloned()
    }

    fn get_window_meta(&self, name: &str) -> Option<Arc<WindowUDF>> {
        self.state.window_functions().get(name).cloned()
    }

    fn get_variable_type(&self, _: &[String]) -> Option<DataType> {
        None
    }

    fn options(&self) -> &ConfigOptions {
        self.state.config_options()
    }

    fn udf_names(&self) -> Vec<String> {
        self.state.scalar_functions().keys().cloned().collect()
    }

    fn higher_order_function_names(&self) -> Vec<String> {
        self.state.higher_order_functions().keys().cloned().collect()
    }

    fn udaf_names(&self) -> Vec<String> {
        self.state.aggregate_functions().keys().cloned().collect()
    }

    fn udwf_names(&self) -> Vec<String> {
        self.state.window_functions().keys().cloned().collect()
    }
}
