"""Files to send and receive: their bytes, forms and addresses, without connections."""
