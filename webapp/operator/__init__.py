"""The operator's pages: the business and the model, for those who run this server."""
