"""Parameters of RDS for PostgreSQL, as far as the sandbox knows them. No side effects.

``served`` parameters are options of the file of the PostgreSQL that answers at the endpoint.
"""

from __future__ import annotations

from sandbox.services.rds.parameters import parameters

#: Asked of who may connect, and no option of the server: it is in another file.
FORCE_TLS = "rds.force_ssl"

PARAMETERS = {
    parameter.name: parameter
    for parameter in (
        *parameters(
            "boolean",
            "0,1",
            "array_nulls autovacuum=1 check_function_bodies default_transaction_deferrable "
            "default_transaction_read_only "
            "enable_bitmapscan enable_hashagg enable_hashjoin enable_incremental_sort enable_indexonlyscan "
            "enable_indexscan enable_material enable_memoize enable_mergejoin enable_nestloop enable_parallel_append "
            "enable_parallel_hash enable_partition_pruning enable_partitionwise_aggregate enable_partitionwise_join "
            "enable_seqscan enable_sort enable_tidscan escape_string_warning geqo hot_standby_feedback jit "
            "log_checkpoints=1 log_connections log_disconnections log_duration log_executor_stats "
            "log_hostname=0 log_lock_waits log_parser_stats log_planner_stats log_replication_commands "
            "log_statement_stats quote_all_identifiers standard_conforming_strings synchronize_seqscans "
            "track_activities track_counts track_io_timing=1 transform_null_equals",
            "track_commit_timestamp",
        ),
        *parameters(
            "integer",
            "-1-2147483647",
            "autovacuum_analyze_threshold autovacuum_naptime=15 autovacuum_vacuum_cost_limit=1800 "
            "autovacuum_vacuum_insert_threshold autovacuum_vacuum_threshold autovacuum_work_mem bgwriter_delay "
            "bgwriter_flush_after bgwriter_lru_maxpages checkpoint_timeout=300 commit_delay commit_siblings "
            "deadlock_timeout default_statistics_target effective_cache_size={DBInstanceClassMemory/16384} "
            "effective_io_concurrency extra_float_digits from_collapse_limit geqo_effort geqo_threshold "
            "gin_fuzzy_search_limit gin_pending_list_limit idle_in_transaction_session_timeout=86400000 "
            "idle_session_timeout join_collapse_limit lock_timeout log_autovacuum_min_duration=10000 "
            "log_min_duration_sample log_min_duration_statement log_parameter_max_length "
            "log_parameter_max_length_on_error log_rotation_age=60 log_rotation_size=100000 log_temp_files "
            "logical_decoding_work_mem maintenance_io_concurrency "
            "maintenance_work_mem={GREATEST(DBInstanceClassMemory*1024/63963136,65536)} "
            "max_parallel_maintenance_workers max_parallel_workers max_parallel_workers_per_gather "
            "max_slot_wal_keep_size max_stack_depth=6144 max_standby_archive_delay=30000 "
            "max_standby_streaming_delay=30000 max_sync_workers_per_subscription max_wal_size=2048 "
            "min_parallel_index_scan_size min_parallel_table_scan_size min_wal_size=192 statement_timeout "
            "tcp_keepalives_count tcp_keepalives_idle tcp_keepalives_interval temp_buffers temp_file_limit "
            "vacuum_cost_limit vacuum_cost_page_dirty vacuum_cost_page_hit vacuum_cost_page_miss "
            "vacuum_failsafe_age vacuum_freeze_min_age vacuum_freeze_table_age vacuum_multixact_freeze_min_age "
            "wal_keep_size=2048 wal_receiver_timeout wal_sender_timeout wal_writer_delay work_mem",
            "autovacuum_freeze_max_age autovacuum_max_workers={GREATEST(DBInstanceClassMemory/64371566592,3)} "
            "autovacuum_multixact_freeze_max_age max_connections={LEAST(DBInstanceClassMemory/9531392,5000)} "
            "max_files_per_process max_locks_per_transaction=64 max_logical_replication_workers "
            "max_pred_locks_per_transaction max_prepared_transactions=0 max_replication_slots=20 max_wal_senders=35 "
            "max_worker_processes={GREATEST(DBInstanceVCPU*2,8)} shared_buffers={DBInstanceClassMemory/32768} "
            "superuser_reserved_connections track_activity_query_size wal_buffers",
        ),
        *parameters(
            "float",
            "0-100000000",
            "autovacuum_analyze_scale_factor=0.05 autovacuum_vacuum_cost_delay "
            "autovacuum_vacuum_insert_scale_factor autovacuum_vacuum_scale_factor=0.1 bgwriter_lru_multiplier "
            "checkpoint_completion_target=0.9 cpu_index_tuple_cost cpu_operator_cost cpu_tuple_cost "
            "cursor_tuple_fraction hash_mem_multiplier jit_above_cost log_statement_sample_rate "
            "log_transaction_sample_rate parallel_setup_cost parallel_tuple_cost random_page_cost "
            "recursive_worktable_factor seq_page_cost vacuum_cost_delay",
        ),
        *parameters(
            "string",
            "",
            "backslash_quote bytea_output client_encoding client_min_messages compute_query_id=auto "
            "constraint_exclusion datestyle default_table_access_method default_text_search_config "
            "default_toast_compression default_transaction_isolation intervalstyle lc_messages lc_monetary lc_numeric "
            "lc_time log_error_verbosity log_min_error_statement log_min_messages log_statement "
            "password_encryption=scram-sha-256 plan_cache_mode search_path session_replication_role "
            "ssl_max_protocol_version ssl_min_protocol_version=TLSv1.2 stats_fetch_consistency synchronous_commit=on "
            "timezone=UTC timezone_abbreviations track_functions wal_compression xmlbinary xmloption",
            "huge_pages=on shared_preload_libraries=pg_stat_statements",
        ),
        # What RDS has beside, or of versions and libraries that the sandbox's server has not.
        *parameters("boolean", "0,1", f"{FORCE_TLS}=1", served=False),
        *parameters("boolean", "0,1", "", "rds.logical_replication=0", served=False),
        *parameters(
            "integer",
            "0-2147483647",
            "rds.log_retention_period=4320 io_combine_limit transaction_timeout",
            served=False,
        ),
        *parameters(
            "string",
            "",
            "auto_explain.log_min_duration pg_stat_statements.track pgaudit.log pgaudit.role rds.allowed_extensions "
            "rds.force_autovacuum_logging_level=warning",
            "pg_stat_statements.max ssl_ciphers rds.custom_dns_resolution",
            served=False,
        ),
    )
}
