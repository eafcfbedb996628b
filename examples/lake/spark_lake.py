import sys

from pyspark.sql import SparkSession

from pnfilter.engines.spark import column

lines, lake = sys.argv[1:]
spark = SparkSession.builder.master("local[1]").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")

messages = spark.read.text(lines).selectExpr("parse_json(value) AS line")
messages = messages.selectExpr(
    "variant_get(line, '$.data', 'variant') AS data",
    "variant_get(line, '$.meta', 'variant') AS meta",
)
messages.write.mode("overwrite").parquet(lake)

quakes = spark.read.parquet(lake)
strong = quakes.where(column('meta.net == "us" && data.mag >= 5', undecided="keep"))
verdicts = quakes.select(column("data.mag >= 5").alias("verdict"))  # NULL where it is UNDECIDED
strong.selectExpr("variant_get(data, '$.place', 'string') AS place").show(3, truncate=False)
print(strong.count(), "of", quakes.count())
print(verdicts.where("verdict IS NULL").count(), "undecided")
