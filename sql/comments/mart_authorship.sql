-- Meaning of the columns of mart_authorship, which as a view has no place of its own for them.
comment on column mart_authorship.paper_key is 'the paper';
comment on column mart_authorship.author_key is 'the name';
comment on column mart_authorship.position is 'order on the paper, from 1';
comment on column mart_authorship.is_from_arxiv is 'arXiv''s list; false while arXiv has not answered: the list of the first listing, at most five names';
