class CreateMicroposts < ActiveRecord::Migration[5.1]
  def change
    create_table :microposts do |t|
      t.references :user, null: false, foreign_key: true
      t.string :content, null: false, limit: 140
      t.string :picture_key, limit: 100
      t.string :picture_type, limit: 50
      t.timestamps
    end
  end
end
