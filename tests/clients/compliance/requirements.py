"""What the suite may ask for: what PostgreSQL has is asked for, except what bowline refuses by design, each with its reason."""

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements

# What PostgreSQL has beyond what the suite believes of any database.
POSTGRESQL = """
    aggregate_order_by array_type autocommit boolean_col_expressions comment_reflection
    comment_reflection_full_unicode computed_columns computed_columns_reflect_persisted computed_columns_reflect_virtual computed_columns_stored computed_columns_virtual
    constraint_comment_reflection create_or_replace_view create_table_as create_temp_table_as cross_schema_fk_reflection ctes
    ctes_on_dml ctes_with_update_delete ctes_with_values date_historic datetime_historic datetime_interval
    datetime_timezone deferrable_fks delete_from except_ expression_server_defaults fetch_expression fetch_first
    fetch_no_order_by fetch_ties float_or_double_precision_behaves_generically foreign_key_constraint_name_reflection
    foreign_key_constraint_option_reflection_ondelete foreign_key_constraint_option_reflection_onupdate
    fk_constraint_option_reflection_ondelete_restrict fk_constraint_option_reflection_onupdate_restrict
    has_temp_table identity_columns identity_columns_standard implicit_default_schema index_ddl_if_exists
    index_reflects_included_columns indexes_check_column_order infinity_floats inline_check_constraint_reflection
    check_constraint_reflection intersect isolation_level json_deserializer_binary json_type materialized_views nullsordering
    order_by_label_with_expression percent_schema_names precision_numerics_enotation_small
    precision_numerics_many_significant_digits precision_numerics_retains_significant_digits reflect_table_options
    reflects_pk_names regexp_match regexp_replace repeated_column_foreign_keys savepoints schema_create_delete server_defaults
    skip_autocommit_rollback supports_bitwise_and supports_bitwise_not supports_bitwise_or supports_bitwise_shift
    supports_bitwise_xor supports_distinct_on table_ddl_if_exists temp_table_comment_reflection temp_table_names
    temporary_views timestamp_microseconds tuple_in unicode_ddl unique_constraints_reflect_as_index
    update_from uuid_data_type views window_functions window_range
    window_range_non_numeric window_range_numeric indexes_with_expressions reflect_indexes_with_expressions
    default_schema_name_switch reflect_tables_no_columns table_value_constructor datetime_literals
""".split()

# What bowline refuses by design: the requirement, and why.
ARRAYS = "arrays are values of queries, not of columns"
EXPRESSIONS = "an index names columns"
REFUSED = {
    "array_type": ARRAYS,
    "indexes_with_expressions": EXPRESSIONS,
    "get_isolation_level_values": "the dialect lists SERIALIZABLE, which is refused",
    "materialized_views": "materialized views are refused",
    "reflect_indexes_with_expressions": EXPRESSIONS,
}


class Requirements(SuiteRequirements):
    def get_isolation_levels(self, config):
        supported = ["READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "AUTOCOMMIT"]
        return {"default": "REPEATABLE READ", "supported": supported}


for name in POSTGRESQL:
    setattr(Requirements, name, property(lambda self: exclusions.open()))
for name, reason in REFUSED.items():
    setattr(Requirements, name, property(lambda self, reason=reason: exclusions.skip_if(lambda: True, reason)))
