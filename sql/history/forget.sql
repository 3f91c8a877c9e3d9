-- About: what Dagster's history, which is SQLite's, forgets of runs from before $before. Kept are how runs began and
-- ended, their failures, and the newest outcome of each asset, day and check.
delete from event_logs
where
    timestamp < $before
    and coalesce(dagster_event_type, '') not like 'PIPELINE_%'
    and coalesce(dagster_event_type, '') not in ('STEP_FAILURE', 'ASSET_WIPED')
    and id not in (
        select max(id) from event_logs
        where dagster_event_type in ('ASSET_MATERIALIZATION', 'ASSET_MATERIALIZATION_PLANNED', 'ASSET_OBSERVATION')
        group by asset_key, partition, dagster_event_type
        union all
        select max(evaluation_event_storage_id) from asset_check_executions
        group by asset_key, check_name, partition
    );

delete from asset_check_executions
where
    coalesce(evaluation_event_timestamp, create_timestamp) < $before
    and id not in (
        select max(id) from asset_check_executions
        group by asset_key, check_name, partition
    );

delete from asset_event_tags
where
    event_timestamp < $before
    and event_id not in (select id from event_logs);
