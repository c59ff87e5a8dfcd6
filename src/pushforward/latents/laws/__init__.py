"""What every latent must obey, one law per function; `check_latent` goes through them."""
