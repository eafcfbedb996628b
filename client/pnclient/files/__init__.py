"""What is sent and received as a file: its bytes, forms, addresses and encryption, without connections."""
