-- Grain: one row per task label of a source's vocabulary, with its group on Hugging Face.
-- Rerun: same rows, same keys.
delete from dim_task
where
    task_key in (from scope_task)
    and task_key not in (
        select task_key from bridge_listing_task
        where task_key in (from scope_task)
    );

insert into dim_task by name
with vocabulary (task_group, task_names) as (
    values
    ('Multimodal', [
        'Multimodal', 'Any-to-Any', 'Audio-Text-to-Text', 'Document Question Answering', 'Image-Text-to-Text',
        'Image-Text-to-Image', 'Image-Text-to-Video', 'Video-Text-to-Text', 'Visual Document Retrieval',
        'Visual Question Answering',
    ]),
    ('Computer Vision', [
        'Computer Vision', 'Depth Estimation', 'Image Classification', 'Image Feature Extraction', 'Image Segmentation',
        'Image-to-3D', 'Image-to-Image', 'Image-to-Text', 'Image-to-Video', 'Keypoint Detection', 'Mask Generation',
        'Object Detection', 'Text-to-3D', 'Text-to-Image', 'Text-to-Video', 'Unconditional Image Generation',
        'Video Classification', 'Video-to-Video', 'Zero-Shot Image Classification', 'Zero-Shot Object Detection',
    ]),
    ('Natural Language Processing', [
        'Natural Language Processing', 'Feature Extraction', 'Fill-Mask', 'Question Answering', 'Sentence Similarity',
        'Summarization', 'Table Question Answering', 'Text Classification', 'Text Generation', 'Text Ranking',
        'Text2Text Generation', 'Token Classification', 'Translation', 'Zero-Shot Classification',
    ]),
    ('Audio', [
        'Audio', 'Audio Classification', 'Audio-to-Audio', 'Automatic Speech Recognition', 'Text-to-Audio',
        'Text-to-Speech', 'Voice Activity Detection',
    ]),
    ('Tabular', ['Tabular', 'Tabular Classification', 'Tabular Regression', 'Time Series Forecasting']),
    ('Reinforcement Learning', ['Reinforcement Learning', 'Robotics']),
    ('Other', ['Other', 'Graph Machine Learning'])
),

known as (
    select
        task_group,
        unnest(task_names) as task_name
    from vocabulary
),

label as (
    select distinct unnest(tasks) as task_name
    from current_listing
    semi join scope_listing using (listing_key)
)

select
    key_of(task_name) as task_key,
    task_name,
    coalesce(known.task_group, 'Unknown') as task_group
from label
left join known using (task_name)
where key_of(task_name) not in (select task_key from dim_task)
order by task_name;
