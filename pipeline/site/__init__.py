"""A static web site of the published file: pages, feeds and files that any static host serves."""
