-- Key: paper_key, hub_resource_key, asserted_by
create table bridge_paper_hub_resource (
    paper_key bigint not null, -- the paper
    hub_resource_key bigint not null, -- the resource
    asserted_by varchar not null, -- listing: a listing of the paper links to it; paper_page: Hugging Face's page of the
    -- paper lists it, of which it may show only some; card: its own card links to the paper, which is a citation. None
    -- of them says whose resource it is
    asserted_at timestamp -- when Hugging Face said so, UTC: its newest answer; null for a listing, which has its day
);
