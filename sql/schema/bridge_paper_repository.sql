-- Key: paper_key, repository_key
create table bridge_paper_repository (
    paper_key bigint not null, -- the paper
    repository_key bigint not null, -- the repository that any listing of it links to
    link_role varchar not null, -- whose code it is: own (made for this paper), shared (of its authors, for several
    -- papers or older than it), tool (made by others), unknown (the evidence says nothing, which is not own)
    link_role_reasons varchar[] not null, -- the evidence that was found, also where it did not decide; empty if none:
    -- named_in_title, described_as_paper, named_by_arxiv, added_on_hugging_face, owner_is_author, beside_named_code,
    -- made_for_it, older_than_paper, linked_by_same_authors, linked_by_other_authors, not_found, misspelt
    linking_paper_count integer not null, -- papers that link to the repository, this one included
    meant_repository_name varchar -- owner/name that may be meant, in lower case: GitHub does not find the repository,
    -- and one that it finds differs in one letter. Nothing is linked to it; null if there is none
);
