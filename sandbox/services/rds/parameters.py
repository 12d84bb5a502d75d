"""Parameters of RDS for MySQL, as far as the sandbox knows them. No side effects.

``served`` parameters are variables of the MariaDB that answers at the endpoint, and options of its file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Parameter:
    name: str
    type: str  # string | integer | float | boolean
    dynamic: bool  # whether a change needs no reboot
    allowed: str  # as the API words it
    default: str | None = None  # AWS's own value, where it has one
    served: bool = True


def parameters(kind: str, allowed: str, dynamic: str, static: str = "", served: bool = True) -> list[Parameter]:
    """Parameters of one type; each word reads ``name`` or ``name=default``."""
    found = []
    for words, is_dynamic in ((dynamic, True), (static, False)):
        for word in words.split():
            name, _unused, default = word.partition("=")
            found.append(Parameter(name, kind, is_dynamic, allowed, default or None, served))
    return found


PARAMETERS = {
    parameter.name: parameter
    for parameter in (
        *parameters(
            "boolean",
            "0,1",
            "autocommit event_scheduler general_log innodb_adaptive_flushing innodb_adaptive_hash_index "
            "innodb_deadlock_detect innodb_file_per_table innodb_print_all_deadlocks innodb_stats_on_metadata "
            "innodb_stats_persistent innodb_strict_mode local_infile log_bin_trust_function_creators "
            "log_queries_not_using_indexes log_slow_admin_statements low_priority_updates read_only "
            "require_secure_transport=0 slow_query_log explicit_defaults_for_timestamp=1",
            "innodb_rollback_on_timeout performance_schema=0 skip_name_resolve",
        ),
        *parameters(
            "integer",
            "0-18446744073709551615",
            "binlog_cache_size=32768 bulk_insert_buffer_size connect_timeout default_week_format "
            "div_precision_increment eq_range_index_dive_limit group_concat_max_len "
            "innodb_buffer_pool_size={DBInstanceClassMemory*3/4} innodb_flush_log_at_trx_commit "
            "innodb_flush_neighbors innodb_io_capacity innodb_io_capacity_max innodb_lock_wait_timeout "
            "innodb_max_dirty_pages_pct interactive_timeout join_buffer_size key_buffer_size=16777216 "
            "lock_wait_timeout max_allowed_packet max_connect_errors "
            "max_connections={DBInstanceClassMemory/12582880} max_error_count max_heap_table_size max_join_size "
            "max_length_for_sort_data max_prepared_stmt_count max_sort_length max_sp_recursion_depth "
            "max_user_connections max_write_lock_count min_examined_row_limit myisam_sort_buffer_size "
            "net_buffer_length net_read_timeout net_retry_count net_write_timeout optimizer_prune_level "
            "optimizer_search_depth preload_buffer_size range_alloc_block_size read_buffer_size=262144 "
            "read_rnd_buffer_size=524288 sort_buffer_size sync_binlog=1 table_definition_cache table_open_cache "
            "thread_cache_size tmp_table_size wait_timeout",
            "back_log ft_max_word_len ft_min_word_len innodb_autoinc_lock_mode innodb_ft_max_token_size "
            "innodb_ft_min_token_size innodb_log_buffer_size innodb_log_file_size=134217728 innodb_open_files "
            "innodb_purge_threads innodb_read_io_threads innodb_sort_buffer_size innodb_write_io_threads "
            "lower_case_table_names table_open_cache_instances thread_stack=262144",
        ),
        *parameters("float", "0-31536000", "long_query_time"),
        *parameters(
            "string",
            "",
            "binlog_format binlog_row_image character_set_filesystem character_set_server collation_server "
            "completion_type concurrent_insert default_storage_engine init_connect innodb_monitor_enable "
            "lc_time_names log_output=TABLE optimizer_switch sql_mode time_zone=UTC transaction_isolation",
            "tls_version",
        ),
        # What MySQL has and the sandbox's server has not, or takes from its clients.
        *parameters(
            "string",
            "",
            "character_set_client character_set_connection character_set_database character_set_results "
            "collation_connection internal_tmp_mem_storage_engine authentication_policy",
            "gtid-mode enforce_gtid_consistency ssl_cipher tls_ciphersuites",
            served=False,
        ),
        *parameters("boolean", "0,1", "print_identified_with_as_hex", "mysql_native_password", served=False),
        *parameters(
            "integer",
            "0-18446744073709551615",
            "binlog_expire_logs_seconds cte_max_recursion_depth information_schema_stats_expiry "
            "innodb_redo_log_capacity log_error_verbosity max_execution_time password_history "
            "regexp_stack_limit regexp_time_limit temptable_max_ram",
            "innodb_dedicated_server",
            served=False,
        ),
    )
}


def described(known: Mapping[str, Parameter], values: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Entries of ``describe_db_parameters`` of an engine; ``values`` are what somebody set, as the API keeps it."""
    found = []
    for name, parameter in sorted(known.items()):
        entry = {
            "ParameterName": name,
            "Description": f"{name} of the server",
            "Source": "system" if parameter.default else "engine-default",
            "ApplyType": "dynamic" if parameter.dynamic else "static",
            "DataType": parameter.type,
            "AllowedValues": parameter.allowed,
            "IsModifiable": True,
            "ApplyMethod": "pending-reboot",
        }
        if parameter.default:
            entry["ParameterValue"] = parameter.default
        if name in values:
            value = values[name]
            entry["Source"] = "user"
            entry["ParameterValue"] = str(value["ParameterValue"])
            entry["ApplyMethod"] = value.get("ApplyMethod", "pending-reboot")
        found.append(entry)
    return found
